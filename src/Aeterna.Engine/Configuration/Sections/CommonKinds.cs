using Aeterna.Configuration.Reading;

namespace Aeterna.Configuration.Sections;

/// <summary>Kinds that several sections share.</summary>
internal static class CommonKinds
{
    public static Kind<IReadOnlyList<string>> Command { get; } =
        new ListKind<string>(Kinds.Argument, "a list with a program and its arguments, such as [\"/usr/sbin/rsyslogd\", \"-n\"]")
        {
            NotEmpty = true,
            FirstMustBe = program => program.StartsWith('/') || (program.Length > 0 && !program.Contains('/', StringComparison.Ordinal))
                ? null
                : "an absolute path, or a name that is looked up on PATH, as the program",
        };
}
