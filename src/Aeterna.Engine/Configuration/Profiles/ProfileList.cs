using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>The profiles that there are. Adding one: a file beside this one, and a line here.</summary>
internal static class ProfileList
{
    private static readonly Profile[] _all =
    [
        Profile.None, RsyslogProfile.Profile, NginxProfile.Profile, HaproxyProfile.Profile, RedisProfile.Profile, PostgresqlProfile.Profile,
        MariadbProfile.Profile, MemcachedProfile.Profile, MosquittoProfile.Profile, ApacheProfile.Profile, LighttpdProfile.Profile,
        SquidProfile.Profile, GunicornProfile.Profile, ChronyProfile.Profile, OpensshProfile.Profile,
        SyslogNgProfile.Profile,
    ];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => _all.Select(profile => profile.Name);

    /// <summary>The profile of this name, or null.</summary>
    public static Profile? Find(string name) => Array.Find(_all, profile => profile.Name == name);

    /// <summary>The profile of a program by its base name; <c>none</c> when there is none.</summary>
    public static Profile For(IReadOnlyList<string> command)
    {
        var program = command.Count == 0 ? "" : Path.GetFileName(command[0]);
        return Array.Find(_all, profile => profile.BinaryNames.Contains(program)) ?? Profile.None;
    }
}
