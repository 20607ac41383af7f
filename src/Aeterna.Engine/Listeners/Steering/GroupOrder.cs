namespace Aeterna.Listeners.Steering;

/// <summary>
/// The order in which the kernel numbers the members of a SO_REUSEPORT group (net/core/sock_reuseport.c): one that joins gets the
/// next index, and when one leaves the last takes its place.
/// </summary>
internal sealed class GroupOrder<T>
    where T : class
{
    private readonly List<T> _members = [];

    /// <summary>By index.</summary>
    public IReadOnlyList<T> Members => _members;

    public void Join(T member) => _members.Add(member);

    public void Leave(T member)
    {
        var index = _members.IndexOf(member);
        if (index >= 0)
        {
            _members[index] = _members[^1];
            _members.RemoveAt(_members.Count - 1);
        }
    }

    /// <summary>
    /// Whether a program stays right while a member leaves, before it is replaced. It does not if the last member, which moves, is one
    /// that it names: the kernel then chooses by hash, unless only one is left to choose.
    /// </summary>
    public bool CanLeave(T member, T main, T? candidate) =>
        IndexOf(member) < 0 || _members.Count == 2 || member == _members[^1] || (_members[^1] != main && _members[^1] != candidate);

    /// <summary>The member's index, -1 when it is none.</summary>
    public int IndexOf(T member) => _members.IndexOf(member);
}
