using Aeterna.Configuration.Profiles;
using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>service</c>.</summary>
internal static class ServiceSection
{
    private const string Auto = "auto";

    private static readonly string[] _limitNames =
    [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime",
        "sigpending", "stack",
    ];

    private static readonly Key<string> _name = new("name", Kinds.Name, "name of the service: of its run directory, and for `-n`")
    {
        Required = true,
        Otherwise = "",
        Example = "rsyslogd",
    };

    private static readonly Key<IReadOnlyList<string>> _command = new(
        "command", CommonKinds.Command, "the program and its arguments; it has to stay in the foreground, and no shell is involved")
    {
        Required = true,
        Otherwise = [],
        Example = "[\"/usr/sbin/rsyslogd\", \"-n\", \"-f\", \"/etc/rsyslog.conf\"]",
    };

    private static readonly Key<IReadOnlyList<string>> _env = new(
        "env", new ListKind<string>(Kinds.Assignment, "a list of assignments, such as [\"NAME=value\"]"), "added to the engine's own environment")
    {
        Otherwise = [],
        Example = "[\"RSYSLOGD_CONFIG=/etc/rsyslog.conf\"]",
    };

    private static readonly Key<string> _binaryPath = new(
        "binary_path", Kinds.AbsolutePath, "the program's file, checked and hashed before every start")
    {
        DefaultNote = "the program of `command`",
        Example = "/usr/sbin/rsyslogd",
    };

    private static readonly Key<string> _profile = new(
        "profile",
        Kinds.Choice([.. new[] { Auto }.Concat(ProfileList.Names).Select(name => (name, name))]),
        "what Aeterna knows about the program; `auto` goes by the base name of the program")
    {
        HasDefault = true,
        Otherwise = Auto,
        Example = "rsyslog",
    };

    private static readonly Key<IReadOnlyList<ListenerPlan>> _listeners = new(
        "listeners",
        new ListKind<ListenerPlan>(ListenerSection.Kind, "a list of listeners, such as [{ name: syslog, address: \"tcp://0.0.0.0:514\" }]"),
        "sockets that the engine binds itself; all others are captured as the program binds them")
    {
        Otherwise = [],
    };

    private static readonly Key<string> _user = new("user", Kinds.Account, "user that the program runs as")
    {
        DefaultNote = "the engine's",
        Example = "syslog",
    };

    private static readonly Key<string> _group = new("group", Kinds.Account, "group that the program runs as")
    {
        DefaultNote = "the user's first group, else the engine's",
        Example = "adm",
    };

    private static readonly Key<string> _workingDirectory = new(
        "working_directory", Kinds.AbsolutePath, "directory that the program starts in")
    {
        DefaultNote = "the engine's",
        Example = "/var/lib/rsyslog",
    };

    private static readonly Key<string> _pidFile = new(
        "pid_file", Kinds.AbsolutePath, "file in which the program leaves the id of its main process: who is named there when the main process ends is it from then on")
    {
        DefaultNote = "what the profile knows",
        Example = "/run/gunicorn/pid",
    };

    private static readonly Key<int> _umask = new("umask", Kinds.Umask, "file mode creation mask, in octal")
    {
        DefaultNote = "the engine's",
        Example = "\"022\"",
    };

    private static readonly Key<bool> _noNewPrivileges = new(
        "no_new_privileges", Kinds.Boolean, "set-user-ID programs and file capabilities give the program, and what it starts, nothing (prctl(2))")
    {
        DefaultNote = "`true` with `user` or `group`, unless the program's own file is set-user-ID, set-group-ID or has capabilities; always `true` when the engine has no CAP_SYS_ADMIN, as when it is not root",
        Example = "false",
    };

    private static readonly Key<IReadOnlyDictionary<string, LimitPlan>> _limits = new(
        "limits",
        new WordMapKind<LimitPlan>(_limitNames, Kinds.Limit),
        "resource limits by their setrlimit(2) name: one number for both limits, or soft:hard")
    {
        Otherwise = new Dictionary<string, LimitPlan>(),
        DefaultNote = "those that the engine was started with",
        Example = "{ nofile: \"1024:65536\" }",
    };

    public static SectionKind<ServicePlan> Kind { get; } = new(
        [_name, _command, _env, _binaryPath, _profile, _listeners, _user, _group, _workingDirectory, _pidFile, _umask, _noNewPrivileges, _limits], Make);

    private static ServicePlan Make(Section section)
    {
        var command = section.Get(_command);
        var profile = section.Get(_profile);
        return new()
        {
            Name = section.Get(_name),
            Command = command,
            Env = section.Get(_env),
            BinaryPath = section.Find(_binaryPath),
            Profile = (profile == Auto ? null : ProfileList.Find(profile)) ?? ProfileList.For(command),
            Listeners = section.Get(_listeners),
            User = section.Find(_user),
            Group = section.Find(_group),
            WorkingDirectory = section.Find(_workingDirectory),
            PidFile = section.Find(_pidFile),
            Umask = section.FindValue(_umask),
            NoNewPrivileges = section.FindValue(_noNewPrivileges),
            Limits = section.Get(_limits),
        };
    }
}
