using System.Globalization;

namespace Aeterna.Demo;

/// <summary>The whole demo: the engine's part, the plain one, and the comparison.</summary>
internal static class TwoParts
{
    /// <returns>Whether the promise held.</returns>
    public static async Task<bool> Run(Screen screen, EnginePart part)
    {
        screen.Heading("A stock rsyslogd, replaced under load by Aeterna");
        Outcome? engine;
        try
        {
            engine = await part.Run().ConfigureAwait(false);
        }
        finally
        {
            await part.CleanUp().ConfigureAwait(false);
        }

        if (engine is null)
        {
            return false;
        }

        screen.Heading(string.Create(
            CultureInfo.InvariantCulture, $"The same rsyslogd and load, stopped and started: {part.Swaps} new processes too"));
        var plain = await PlainPart.Run(screen, part.Swaps).ConfigureAwait(false);
        screen.Write(Comparison.Of(engine, plain));
        var broken = Promises.Broken(engine);
        foreach (var promise in broken)
        {
            screen.Text($"not kept: {promise}");
        }

        var held = broken.Count == 0 && part.AsExpected;
        screen.Text(held ? "The promise held." : "The promise did not hold.");
        return held;
    }
}
