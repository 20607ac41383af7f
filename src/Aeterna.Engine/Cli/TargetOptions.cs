using System.CommandLine;
using System.CommandLine.Parsing;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>The options by which client verbs find their engine.</summary>
/// <param name="local">Only an engine of this machine can be meant, by its service's name.</param>
internal sealed class TargetOptions(bool local = false)
{
    private readonly Argument<string?> _service = new("NAME") { Description = "The service's name; may be left out when one service runs.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The service's name, by an option.", HelpName = "NAME" };
    private readonly Option<string?> _socket = new("--socket") { Description = "Path of the engine's control socket.", HelpName = "PATH" };
    private readonly Option<string?> _url = new("--url") { Description = "Address of the engine's HTTP API.", HelpName = "URL" };
    private readonly Option<string?> _token = new("--token-file") { Description = "File with the token for --url.", HelpName = "FILE" };

    /// <summary>Adds the options to a verb, and the service's name as what stands last on its command line.</summary>
    public void AddTo(Command command)
    {
        command.Add(_service);
        AddOptionsTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_service) is not { Tokens: [var given] })
            {
                return;
            }

            if (result.GetResult(_name) is { Tokens: [var named] } && named.Value != given.Value)
            {
                result.AddError($"Two names are given: {given.Value} and {named.Value}.");
            }
            else if (result.GetResult(_socket) is not null || result.GetResult(_url) is not null)
            {
                result.AddError("Only one of NAME, --socket and --url can be given.");
            }
        });
    }

    /// <summary>Adds the options alone.</summary>
    public void AddOptionsTo(Command command)
    {
        foreach (var option in local ? [_name] : new[] { _name, _socket, _url, _token })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (new[] { _name, _socket, _url }.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("Only one of -n, --socket and --url can be given.");
            }

            if (result.GetResult(_token) is not null && result.GetResult(_url) is null)
            {
                result.AddError("--token-file is for --url.");
            }
        });
    }

    /// <summary>Whether the command line says in any way which engine is meant.</summary>
    public bool AreGiven(ParseResult parsed) =>
        (parsed.GetValue(_name) ?? parsed.GetValue(_socket) ?? parsed.GetValue(_url) ?? Service(parsed)) is not null;

    /// <summary>Whether a verb with the options alone has one of them.</summary>
    public bool AreIn(CommandResult result) => new[] { _name, _socket, _url }.Any(option => result.GetResult(option) is not null);

    /// <summary>Whether a verb has a name that stands by itself.</summary>
    public bool HasName(CommandResult result) => result.GetResult(_service) is { Tokens: [_] };

    /// <summary>The name that was given by the option.</summary>
    public string? NameIn(CommandResult result) => result.GetResult(_name) is { Tokens: [var named] } ? named.Value : null;

    /// <summary>Finds the engine that was meant.</summary>
    /// <exception cref="CliException">None or several could be meant.</exception>
    public async Task<EngineTarget> Find(ParseResult parsed, CliContext context)
    {
        if (parsed.GetValue(_url) is { } url)
        {
            return CliTargets.OfUrl(url, ParseUrl(url), parsed.GetValue(_token) is { } file ? ReadToken(file) : null);
        }

        if (parsed.GetValue(_socket) is { } socket)
        {
            return CliTargets.OfSocket(socket);
        }

        return ByName(parsed.GetValue(_name) ?? Service(parsed) ?? await OnlyOne(context).ConfigureAwait(false), context);
    }

    private string? Service(ParseResult parsed) => parsed.GetResult(_service) is { Tokens: [var given] } ? given.Value : null;

    /// <summary>The engine of a service.</summary>
    /// <exception cref="CliException">The name can be nobody's.</exception>
    public static EngineTarget ByName(string name, CliContext context)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            throw new CliException(ExitCode.Usage, $"cannot find the service \"{name}\": that is no service's name (--socket takes a path)");
        }

        return CliTargets.OfService(name, RunFolder.Socket(RunFolder.Of(context.Root, context.Environment), name));
    }

    private static async Task<string> OnlyOne(CliContext context)
    {
        var root = RunFolder.Of(context.Root, context.Environment);
        var names = await RunningServices.Find(root, CancellationToken.None).ConfigureAwait(false);
        return names switch
        {
            [var only] => only,
            [] when RootsEngines.IsBarred(null) => throw new CliException(ExitCode.Failed, $"cannot find the service: {RootsEngines.Refusal}"),
            [] => throw new CliException(
                ExitCode.NotRunning, $"cannot find the service: no engine is running under {root} (aeterna start -c FILE, or name one by -n, --socket or --url)"),
            _ => throw new CliException(
                ExitCode.Usage, $"cannot tell which service is meant: {string.Join(", ", names)} are running (name one by -n)"),
        };
    }

    private static Uri ParseUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"
            ? parsed
            : throw new CliException(ExitCode.Usage, $"cannot use --url {url}: it is not an http or https address (as in https://loghost:9443)");

    private static string ReadToken(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"cannot read the token: {e.Message}", e);
        }
    }
}
