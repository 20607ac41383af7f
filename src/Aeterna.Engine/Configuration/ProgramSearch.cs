using Aeterna.Configuration.Checks;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration;

/// <summary>Where the programs of commands are: found as execvp(3) would find them with this PATH and in this working directory.</summary>
/// <param name="path">Value of PATH; null: there is none, and the usual folders are looked through.</param>
/// <param name="folder">The working directory; null: the engine's.</param>
internal sealed class ProgramSearch(string? path, string? folder)
{
    private const string Variable = "PATH=";
    private const string UsualFolders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>For all commands of a service: its own PATH (<c>service.env</c>) counts before the engine's.</summary>
    /// <param name="service">The service.</param>
    /// <param name="environment">Looks up an environment variable of the engine.</param>
    public static ProgramSearch For(ServicePlan service, Func<string, string?> environment) =>
        new(PathOf(service.Env) ?? environment("PATH"), service.WorkingDirectory);

    /// <summary>With a whole environment, as <c>NAME=value</c>.</summary>
    public static ProgramSearch With(IReadOnlyList<string> environment, string? folder) => new(PathOf(environment), folder);

    /// <summary>The absolute path of a program. One that was given by its path need not be there; null: a name that is not on PATH.</summary>
    public string? Locate(string program) => program.Contains('/', StringComparison.Ordinal)
        ? Path.GetFullPath(program, folder ?? Environment.CurrentDirectory)
        : (path ?? UsualFolders).Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(place => Path.Combine(Path.GetFullPath(place, folder ?? Environment.CurrentDirectory), program))
            .FirstOrDefault(candidate => ProblemOf(candidate) is null);

    /// <summary>What is wrong with a program's file; null: nothing that shows before it is run.</summary>
    /// <param name="file">Its absolute path.</param>
    /// <param name="mustRun">False: it is only read, as an interpreter's script is.</param>
    public static ProgramProblem? ProblemOf(string file, bool mustRun = true)
    {
        try
        {
            return Directory.Exists(file) ? new ProgramProblem(FindingCode.NotExecutable, "it is a directory", "give the program's file")
                : Files.Mode(file) is not { } mode ? ProgramProblem.Missing
                : mustRun && (mode & Execute) == 0 ? new ProgramProblem(FindingCode.NotExecutable, "it is not executable", $"chmod +x {file}")
                : null;
        }
        catch (UnauthorizedAccessException e)
        {
            return new ProgramProblem(FindingCode.NoSuchProgram, e.Message, "check the permissions of its folders");
        }
    }

    private static string? PathOf(IReadOnlyList<string> environment) =>
        environment.LastOrDefault(entry => entry.StartsWith(Variable, StringComparison.Ordinal))?[Variable.Length..];
}

/// <summary>Why a program cannot be run.</summary>
/// <param name="Code">The code of the finding.</param>
/// <param name="Why">Why.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record ProgramProblem(string Code, string Why, string Remedy)
{
    /// <summary>There is no such file.</summary>
    public static ProgramProblem Missing { get; } = new(FindingCode.NoSuchProgram, "there is no such file", "install it, or correct the path");

    /// <summary>A name that is not on PATH.</summary>
    public static ProgramProblem NotOnPath { get; } = new(FindingCode.NoSuchProgram, "it is not on PATH", "install it, or give its absolute path");
}
