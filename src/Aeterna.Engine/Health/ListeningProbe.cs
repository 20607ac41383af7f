using Aeterna.Linux;

namespace Aeterna.Health;

/// <summary>
/// <c>listening</c>: somebody in it waits for clients. Always part of a soak on live traffic: a program whose workers have all ended, for whatever the new configuration makes them end, lives
/// on in a master process that has every socket open, and answers nobody.
/// </summary>
/// <param name="candidate">Whether somebody in the candidate does at this moment; null: it serves nothing.</param>
/// <param name="active">Whether somebody in the generation before does, asked only if it matters: a program that looks for its clients now and then does not wait for them.</param>
/// <param name="time">The clock.</param>
internal sealed class ListeningProbe(Func<Attendance?> candidate, Func<Attendance?> active, TimeProvider time) : IProbe
{
    /// <summary>Nobody may wait for so long: workers are started anew, or have not been started yet.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    /// <summary>For so long it is looked at again where it cannot be told: it may just have begun, or do something between two sleeps.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public string Name => "listening";

    /// <inheritdoc/>
    public int FailureThreshold => 1;

    /// <inheritdoc/>
    public bool HasLastWord => true;

    /// <summary>Looks once, and for a while unless somebody waits.</summary>
    public async Task<ProbeResult> Run(CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        var nobody = TimeSpan.Zero;
        var before = Attendance.Nobody;
        while (candidate() is { } now and not Attendance.Somebody)
        {
            var passed = time.GetElapsedTime(began);
            nobody = now == Attendance.Nobody ? passed : nobody;
            if (passed - nobody >= Settling)
            {
                break;
            }

            before = before == Attendance.Somebody ? before : (Attendance)Math.Max((int)before, (int)(active() ?? Attendance.Unknown));
            if (passed >= (before == Attendance.Nobody ? Settling : Window))
            {
                return Nobody(before);
            }

            await Task.Delay(_look, time, cancel).ConfigureAwait(false);
        }

        return ProbeResult.Good("it waits for clients");
    }

    private static ProbeResult Nobody(Attendance before) =>
        before == Attendance.Somebody
            ? ProbeResult.Bad("no process of it waits for clients any more, as those of the one before do (have its workers ended?)")
            : ProbeResult.Good("it waits for nobody, as the one before");
}
