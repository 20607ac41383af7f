using Aeterna.Contract;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>One line per event, for files, pipes and logs.</summary>
/// <param name="context">Where to.</param>
internal sealed class PlainFollowView(CliContext context) : IFollowView
{
    private string? _trouble;

    /// <inheritdoc/>
    public void Show(EventReport report)
    {
        context.Out.WriteLine(OneLine.Clean(Invariant($"{report.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {report.FsmState ?? "-",-12} {report.Message}")));
        context.Out.Flush();
    }

    /// <inheritdoc/>
    public void Show(StatusReport status, ReloadRecord? record) => _trouble = null;

    /// <inheritdoc/>
    public void Trouble(string message)
    {
        if (_trouble != message)
        {
            _trouble = message;
            context.Error.WriteLine(message);
        }
    }
}
