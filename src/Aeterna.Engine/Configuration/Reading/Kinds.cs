using System.Globalization;
using System.Text;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Reading;

/// <summary>The kinds of single values that the format has.</summary>
internal static class Kinds
{
    /// <summary>Timers take no more than 49 days.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1000);

    public static BooleanKind Boolean { get; } = new();

    public static Kind<string> Text { get; } = Plain("a text", @"^[\s\S]+$");

    /// <summary>An argument of a command, which may be empty.</summary>
    public static Kind<string> Argument { get; } = Plain("a text", @"^[\s\S]*$");

    public static Kind<string> Name { get; } = Plain(
        "a name of 1 to 64 letters, digits, \".\", \"_\" or \"-\" that does not begin with \".\"", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$");

    public static Kind<string> AbsolutePath { get; } = Plain("an absolute path", @"^/[\s\S]*$");

    /// <summary>sun_path holds 107 bytes and a NUL.</summary>
    public static Kind<string> SocketPath { get; } = new ScalarKind<string>(
        "an absolute path of at most 107 bytes", @"^/[\s\S]+$", (string text, out string path) => Encoding.UTF8.GetByteCount(path = text) <= 107);

    public static Kind<string> Assignment { get; } = Plain("an assignment such as \"NAME=value\"", @"^[A-Za-z_][A-Za-z0-9_]*=[\s\S]*$");

    public static Kind<string> Account { get; } = new ScalarKind<string>(
        "a name or a number", @"^[^:\s]+$", (string text, out string account) => (account = text).Length > 0)
    {
        TakesNumbers = true,
    };

    /// <summary>Zero is taken.</summary>
    public static Kind<TimeSpan> Duration { get; } = DurationOf(Durations.Expected, TimeSpan.Zero);

    public static Kind<TimeSpan> PositiveDuration { get; } = DurationOf($"{Durations.Expected}, longer than zero", TimeSpan.FromMilliseconds(1));

    public static Kind<double> Multiple { get; } = new ScalarKind<double>(
        "a multiple from 1x to 1000x, such as 2x or 1.5x", @"^[0-9]{1,4}(\.[0-9]{1,3})?x$", TryMultiple)
    {
        Hint = text => double.TryParse(text, CultureInfo.InvariantCulture, out _) ? $"did you mean {text}x?" : null,
    };

    public static Kind<int> Percentage { get; } = new ScalarKind<int>("a percentage from 1% to 99%", "^[0-9]{1,2}%$", TryPercentage)
    {
        Hint = text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 100
            ? $"did you mean {text}%?"
            : null,
    };

    public static Kind<int> Umask { get; } = new ScalarKind<int>("an octal mask from 000 to 0777, such as \"022\"", "^(0o)?0?[0-7]{3}$", TryOctal)
    {
        TakesNumbers = true,
    };

    public static Kind<int> Signal { get; } = new ScalarKind<int>(
        "a signal such as SIGTERM, TERM or 15", "^((SIG)?[A-Z0-9]+)$", SignalNames.TryParse)
    {
        TakesNumbers = true,
        Hint = text => Nearest.To(text.ToUpperInvariant(), SignalNames.Names) is { } near ? $"did you mean {near}?" : null,
    };

    public static Kind<LimitPlan> Limit { get; } = new ScalarKind<LimitPlan>(
        "a limit such as 1024, \"1024:4096\" (soft:hard, soft not above hard) or unlimited",
        "^([0-9]+|unlimited)(:([0-9]+|unlimited))?$",
        TryLimit)
    {
        TakesNumbers = true,
    };

    public static Kind<Uri> HttpUrl { get; } = new ScalarKind<Uri>(
        "a URL such as http://localhost:8080/health", @"^https?://[^\s]+$", TryUrl);

    public static Kind<int> Count(int least, int most) => new ScalarKind<int>(
        $"a whole number from {least} to {most}",
        "^[0-9]{1,10}$",
        (string text, out int count) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= least && count <= most)
    {
        TakesNumbers = true,
    };

    /// <summary>A choice between words.</summary>
    public static Kind<T> Choice<T>(params (string Word, T Value)[] choices)
    {
        var words = choices.Select(choice => choice.Word).ToArray();
        return new ScalarKind<T>(
            words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}",
            $"^({string.Join('|', words.Select(System.Text.RegularExpressions.Regex.Escape))})$",
            (string text, out T value) =>
            {
                value = Array.Find(choices, choice => choice.Word == text).Value;
                return true;
            })
        {
            Words = words,
            Hint = text => Nearest.To(text, words) is { } near ? $"did you mean {near}?" : null,
        };
    }

    private static ScalarKind<string> Plain(string expected, string pattern) => new(
        expected,
        pattern,
        (string text, out string value) =>
        {
            value = text;
            return true;
        });

    private static ScalarKind<TimeSpan> DurationOf(string expected, TimeSpan least) => new(
        $"{expected} (at most {Durations.Format(_longest)})",
        "^([0-9]+h([0-9]+m)?([0-9]+s)?([0-9]+ms)?|[0-9]+m([0-9]+s)?([0-9]+ms)?|[0-9]+s([0-9]+ms)?|[0-9]+ms)$",
        (string text, out TimeSpan value) => Durations.TryParse(text, out value) && value >= least && value <= _longest)
    {
        Code = FindingCode.BadDuration,
        Hint = text => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"did you mean {text}s?" : null,
    };

    private static bool TryMultiple(string text, out double value) =>
        double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= 1000;

    private static bool TryPercentage(string text, out int value) =>
        int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;

    private static bool TryOctal(string text, out int value)
    {
        value = Convert.ToInt32(text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text, 8);
        return true;
    }

    private static bool TryLimit(string text, out LimitPlan value)
    {
        var parts = text.Split(':');
        var sound = TryBound(parts[0], out var soft) & TryBound(parts[^1], out var hard);
        value = new LimitPlan(soft, hard);
        return sound && soft <= hard;
    }

    private static bool TryBound(string text, out ulong bound)
    {
        bound = LimitPlan.Unlimited;
        return text == "unlimited"
            || (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bound) && bound < LimitPlan.Unlimited);
    }

    private static bool TryUrl(string text, out Uri value)
    {
        var sound = Uri.TryCreate(text, UriKind.Absolute, out var parsed) && parsed.Host.Length > 0 && parsed.UserInfo.Length == 0;
        value = parsed!;
        return sound;
    }
}
