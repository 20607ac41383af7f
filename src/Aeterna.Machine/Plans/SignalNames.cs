using System.Globalization;

namespace Aeterna.Machine.Plans;

/// <summary>Signals as the file names them: <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>. Numbers as on x86-64 and arm64 (signal(7)).</summary>
internal static class SignalNames
{
    public const int Kill = 9;
    public const int Stop = 19;

    private const int Last = 64;

    private static readonly string[] _names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The names with their SIG.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. _names.Select(name => "SIG" + name)];

    /// <summary>The name with its SIG, or <c>signal N</c> for a real-time one.</summary>
    public static string Name(int signal) => signal > 0 && signal <= _names.Length ? "SIG" + _names[signal - 1] : $"signal {signal}";

    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= Last;
        }

        var name = text.StartsWith("SIG", StringComparison.Ordinal) ? text[3..] : text;
        signal = Array.IndexOf(_names, name) + 1;
        return signal > 0;
    }
}
