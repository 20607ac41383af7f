using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>What the access rules need to know of the engine and of a request.</summary>
/// <param name="engineUid">User id of the engine.</param>
/// <param name="token">The token, if there is one that can be read.</param>
/// <param name="tokenConfigured">The plan names a token file.</param>
/// <param name="allowPlaintext"><c>control.allow_plaintext</c>.</param>
internal sealed class ControlSecurity(uint engineUid, BearerToken? token, bool tokenConfigured, bool allowPlaintext)
{
    /// <summary>Reads what the plan names. A token file that cannot be read costs whatever needs a token, not the service.</summary>
    public static ControlSecurity From(ControlPlan plan, uint engineUid, EngineNotices notices)
    {
        BearerToken? token = null;
        if (plan.TokenFile is { } path)
        {
            try
            {
                token = BearerToken.Read(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                notices.Set("token", $"cannot read control.token_file {path}: {e.Message}; nobody can change the service over TCP, or use the control API from another machine");
            }
        }

        return new ControlSecurity(engineUid, token, plan.TokenFile is not null, plan.AllowPlaintext);
    }

    /// <summary>User id of the engine.</summary>
    public uint EngineUid => engineUid;

    /// <summary>The facts about a request.</summary>
    public AccessFacts Facts(HttpContext context)
    {
        var headers = context.Request.Headers;
        return new AccessFacts
        {
            EngineUid = engineUid,
            OverSocket = Caller.IsOverSocket(context),
            PeerUid = Caller.Peer(context)?.Uid,
            Remote = context.Connection.RemoteIpAddress,
            Tls = context.Request.IsHttps,
            Changing = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method),
            Origin = headers.Origin.Count > 0 ? headers.Origin.ToString() : null,
            Host = headers.Host.ToString(),
            Token = token?.Check(headers.Authorization.Count > 0 ? headers.Authorization.ToString() : null) ?? TokenCheck.Absent,
            TokenConfigured = tokenConfigured,
            AllowPlaintext = allowPlaintext,
        };
    }
}
