using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Turns what goes wrong on the way to an engine, and what the engine refuses, into failures with a sentence.</summary>
internal static class Failures
{
    private const int ENOENT = 2;
    private const int EACCES = 13;

    /// <summary>The engine cannot be reached.</summary>
    public static EngineException FromTransport(Exception exception, EngineTarget target, string aim)
    {
        var error = Find<SocketException>(exception);
        if (target.Socket is { } path && error is not null)
        {
            return error switch
            {
                { ErrorCode: EACCES } or { SocketErrorCode: SocketError.AccessDenied } => new EngineException(
                    EngineError.Forbidden, $"cannot {aim}: you may not use {path} (use the user that runs the engine, or root)", exception),
                { SocketErrorCode: SocketError.AddressNotAvailable } or { NativeErrorCode: ENOENT } when target.ByName && RootsEngines.IsBarred(target.Label) => new EngineException(
                    EngineError.Forbidden, $"cannot {aim}: {RootsEngines.Refusal}", exception),
                { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable } or { NativeErrorCode: ENOENT } => new EngineException(
                    EngineError.NotRunning, $"cannot {aim}: no engine is running there ({target.Front.Start} starts one)", exception),
                _ => new EngineException(EngineError.Unreachable, $"cannot {aim}: {error.Message} ({path})", exception),
            };
        }

        if (error is { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new EngineException(EngineError.NotRunning, $"cannot {aim}: nothing listens on {target.Url}", exception);
        }

        if (Find<AuthenticationException>(exception) is { } untrusted)
        {
            var advice = target.Front.Trust is { } trust ? $" ({trust})" : "";
            return new EngineException(EngineError.CertificateUntrusted, $"cannot {aim}: the certificate is not one to trust: {untrusted.Message}{advice}", exception);
        }

        // What a stranger has sent is not for the user's eyes: it may be a whole page.
        switch (Find<HttpRequestException>(exception)?.HttpRequestError ?? Find<HttpIOException>(exception)?.HttpRequestError)
        {
            case HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError:
                return new EngineException(EngineError.NotAnEngine, $"cannot {aim}: what answers does not speak HTTP as an engine does (is this the address of an engine?)", exception);
            case HttpRequestError.ResponseEnded:
                return new EngineException(EngineError.Unreachable, $"cannot {aim}: the connection ended before there was an answer ({target.Label})", exception);
        }

        return new EngineException(EngineError.Unreachable, $"cannot {aim}: {error?.Message ?? exception.Message} ({target.Label})", exception);
    }

    /// <summary>The engine has refused.</summary>
    public static EngineException FromProblem(string body, int status, string aim)
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
            ? new EngineException(EngineError.NotAnEngine, $"cannot {aim}: the answer is HTTP status {status} (is this the address of an engine?)")
            : new EngineException(ErrorOf(problem.Code), problem.Detail) { Findings = problem.Findings ?? [], ReloadId = problem.ReloadId };
    }

    private static EngineError ErrorOf(string code) => code switch
    {
        ProblemCode.ReloadBusy => EngineError.ReloadBusy,
        ProblemCode.SignalRefused => EngineError.SignalRefused,
        ProblemCode.UpgradeRefused => EngineError.UpgradeRefused,
        ProblemCode.Unsteady => EngineError.Unsteady,
        ProblemCode.ConfigInvalid => EngineError.ConfigInvalid,
        ProblemCode.NothingToUndo => EngineError.NothingToUndo,
        ProblemCode.NothingToPromote => EngineError.NothingToPromote,
        ProblemCode.Stopping => EngineError.Stopping,
        ProblemCode.NoSuchReload => EngineError.NoSuchReload,
        ProblemCode.Unauthorized => EngineError.Unauthorized,
        ProblemCode.Forbidden => EngineError.Forbidden,
        _ => EngineError.Refused,
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
