using System.Security.Cryptography;
using Aeterna.Configuration;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>The program's file before a start: is it there, can it be run, and what is its hash.</summary>
/// <param name="Problem">Why it cannot be started; null when it can.</param>
/// <param name="Program">The file that will be executed; null where it was not found.</param>
/// <param name="Path">The file that was hashed: <c>service.binary_path</c>, else the program.</param>
/// <param name="Sha256">Null when the file may not be read (which does not hinder its execution).</param>
internal sealed record ProgramFile(string? Problem, string? Program, string? Path, string? Sha256)
{
    /// <summary>Looks at the file.</summary>
    /// <param name="service">What is to be started.</param>
    /// <param name="environment">Looks up an environment variable of the engine.</param>
    /// <param name="cancel">Ends the hashing.</param>
    public static async Task<ProgramFile> Inspect(
        ServicePlan service, Func<string, string?> environment, CancellationToken cancel)
    {
        var name = service.Command[0];
        var program = ProgramSearch.For(service, environment).Locate(name);
        if ((program is null ? ProgramProblem.NotOnPath : ProgramSearch.ProblemOf(program)) is { } problem)
        {
            return new ProgramFile($"cannot start {program ?? name}: {problem.Why} ({problem.Remedy})", null, program, null);
        }

        // A script's interpreter is the program, and binary_path the script: that one need not be executable.
        if (service.BinaryPath is { } binary && ProgramSearch.ProblemOf(binary, mustRun: false) is { } missing)
        {
            return new ProgramFile($"cannot start {name}: service.binary_path {binary}: {missing.Why} ({missing.Remedy})", null, binary, null);
        }

        var path = service.BinaryPath ?? program!;
        return new ProgramFile(null, program, path, await Hash(path, cancel).ConfigureAwait(false));
    }

    private static async Task<string?> Hash(string path, CancellationToken cancel)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
