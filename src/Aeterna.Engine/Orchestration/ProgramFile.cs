using System.Security.Cryptography;
using Aeterna.Configuration;

namespace Aeterna.Orchestration;

/// <summary>The program's file before a start: is it there, can it be run, and what is its hash.</summary>
/// <param name="Problem">Why it cannot be started; null when it can.</param>
/// <param name="Path">The file that was hashed: <c>service.binary_path</c>, else the command's program.</param>
/// <param name="Sha256">Null when the file may not be read (which does not hinder its execution).</param>
internal sealed record ProgramFile(string? Problem, string? Path, string? Sha256)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Looks at the file.</summary>
    /// <param name="service">What is to be started.</param>
    /// <param name="environment">Looks up an environment variable of the engine.</param>
    /// <param name="cancel">Ends the hashing.</param>
    public static async Task<ProgramFile> Inspect(
        ServicePlan service, Func<string, string?> environment, CancellationToken cancel)
    {
        var name = service.Command[0];
        var program = Resolve(service, environment);
        if (program is null)
        {
            return new ProgramFile($"cannot start {name}: it is not on PATH (give its absolute path in service.command)", null, null);
        }

        if (WhyNot(program, mustRun: true) is { } why)
        {
            return new ProgramFile($"cannot start {program}: {why}", program, null);
        }

        // A script's interpreter is the program, and binary_path the script: that one need not be executable.
        if (service.BinaryPath is { } binary && WhyNot(binary, mustRun: false) is { } missing)
        {
            return new ProgramFile($"cannot start {name}: service.binary_path {binary}: {missing}", binary, null);
        }

        var path = service.BinaryPath ?? program;
        return new ProgramFile(null, path, await Hash(path, cancel).ConfigureAwait(false));
    }

    private static string? Resolve(ServicePlan service, Func<string, string?> environment)
    {
        var name = service.Command[0];
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return System.IO.Path.GetFullPath(name, service.WorkingDirectory ?? System.Environment.CurrentDirectory);
        }

        const string Variable = "PATH=";
        var own = service.Env.LastOrDefault(entry => entry.StartsWith(Variable, StringComparison.Ordinal));
        var path = own?[Variable.Length..] ?? environment("PATH") ?? DefaultPath;
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(candidate => WhyNot(candidate, mustRun: true) is null);
    }

    private static string? WhyNot(string path, bool mustRun)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            return attributes.HasFlag(FileAttributes.Directory)
                ? "it is a directory (give the program's file)"
                : mustRun && (File.GetUnixFileMode(path) & Execute) == 0 ? $"it is not executable (chmod +x {path})" : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "no such file (install the program or correct the path)";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{e.Message} (check the permissions of its folders)";
        }
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
