using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>Turns what goes wrong on the way to an engine, and what the engine refuses, into sentences and exit codes.</summary>
internal static class Failures
{
    private const int ENOENT = 2;
    private const int EACCES = 13;

    /// <summary>The engine cannot be reached.</summary>
    public static CliException FromTransport(Exception exception, EngineTarget target, string aim)
    {
        var error = Find<SocketException>(exception);
        if (target.Socket is not null && error is not null)
        {
            return error switch
            {
                { ErrorCode: EACCES } or { SocketErrorCode: SocketError.AccessDenied } => new CliException(
                    ExitCode.Failed, $"cannot {aim}: you may not use {target.Socket} (use the user that runs the engine, or root)", exception),
                { SocketErrorCode: SocketError.AddressNotAvailable } or { NativeErrorCode: ENOENT } when target.ByName && RootsEngines.IsBarred(target.Label) => new CliException(
                    ExitCode.Failed, $"cannot {aim}: {RootsEngines.Refusal}", exception),
                { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable } or { NativeErrorCode: ENOENT } => new CliException(
                    ExitCode.NotRunning, $"cannot {aim}: no engine is running there (aeterna start -c FILE starts one)", exception),
                _ => new CliException(ExitCode.Failed, $"cannot {aim}: {error.Message}", exception),
            };
        }

        if (error is { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new CliException(ExitCode.NotRunning, $"cannot {aim}: nothing listens on {target.Url}", exception);
        }

        var why = Find<AuthenticationException>(exception)?.Message ?? error?.Message ?? exception.Message;
        return new CliException(ExitCode.Failed, $"cannot {aim}: {why}", exception);
    }

    /// <summary>The engine has refused.</summary>
    public static CliException FromProblem(string body, int status, string aim)
    {
        Problem? problem;
        try
        {
            problem = JsonSerializer.Deserialize(body, ContractJson.Default.Problem);
        }
        catch (JsonException)
        {
            problem = null;
        }

        return problem is null
            ? new CliException(ExitCode.Failed, $"cannot {aim}: the answer is HTTP status {status} (is this the address of an engine?)")
            : new CliException(Code(problem.Code), problem.Detail) { Findings = problem.Findings ?? [] };
    }

    private static int Code(string problemCode) => problemCode switch
    {
        ProblemCode.ReloadBusy => ExitCode.Busy,
        ProblemCode.ConfigInvalid => ExitCode.Usage,
        _ => ExitCode.Failed,
    };

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not null and not T)
        {
            exception = exception.InnerException;
        }

        return exception as T;
    }
}
