using Aeterna.Contract;

namespace Aeterna.Cli.Views;

/// <summary>Shows an engine at work.</summary>
internal interface IFollowView
{
    /// <summary>Something happened.</summary>
    void Show(EventReport report);

    /// <summary>How things are now; the record is that of the attempt that is watched, or of the one under way.</summary>
    void Show(StatusReport status, ReloadRecord? record);

    /// <summary>The engine could not be asked just now.</summary>
    void Trouble(string message);
}
