namespace Aeterna.Relay.Datagrams;

/// <summary>Deals out turns so that of any hundred in a row a percentage is the candidate's, spread evenly.</summary>
internal sealed class ShareCounter
{
    private int _sum;

    /// <summary>Whether this turn is the candidate's.</summary>
    public bool IsCandidatesTurn(int percent) => _sum + percent >= 100;

    /// <summary>On to the next turn.</summary>
    public void Advance(int percent) => _sum = (_sum + percent) % 100;
}
