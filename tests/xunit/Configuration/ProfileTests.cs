using Aeterna.Configuration.Profiles;
using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Which profile a program gets, and what it does to the plan.</summary>
public class ProfileTests
{
    [Theory]
    [InlineData("/usr/sbin/rsyslogd", "rsyslog")]
    [InlineData("rsyslogd", "rsyslog")]
    [InlineData("/opt/x/nginx", "nginx")]
    [InlineData("haproxy", "haproxy")]
    [InlineData("/usr/sbin/apache2", "apache")]
    [InlineData("/usr/sbin/httpd", "apache")]
    [InlineData("lighttpd", "lighttpd")]
    [InlineData("squid", "squid")]
    [InlineData("/usr/bin/gunicorn", "gunicorn")]
    [InlineData("chronyd", "chrony")]
    [InlineData("/usr/sbin/sshd", "openssh")]
    [InlineData("syslog-ng", "syslog-ng")]
    [InlineData("/usr/sbin/rsyslogd2", "none")]
    [InlineData("python3", "none")]
    public void Auto_goes_by_the_base_name(string program, string profile)
    {
        Assert.Equal(profile, ProfileList.For([program]).Name);
        Assert.Equal(profile, Yaml.Plan($"version: v1\nservice: {{ name: a, command: [{program}] }}\n").Service.Profile.Name);
    }

    [Fact]
    public void A_named_profile_wins()
    {
        Assert.Equal("none", Yaml.Plan("version: v1\nservice: { name: a, command: [rsyslogd], profile: none }\n").Service.Profile.Name);
        Assert.Equal("nginx", Yaml.Plan("version: v1\nservice: { name: a, command: [web], profile: nginx }\n").Service.Profile.Name);
        Assert.Null(ProfileList.Find("caddy"));
    }

    [Theory]
    [InlineData("nginx", 3)]
    [InlineData("rsyslogd", 15)]
    [InlineData("haproxy", 10)]
    [InlineData("apache2", 28)]
    [InlineData("lighttpd", 2)]
    [InlineData("sleep", 15)]
    public void The_drain_signal_is_the_profiles_unless_the_file_has_one(string program, int signal)
    {
        var text = $"version: v1\nservice: {{ name: a, command: [{program}] }}\n";
        Assert.Equal(signal, Yaml.Plan(text).Orchestration.Drain.Signal);
        Assert.Equal(12, Yaml.Plan(text + "orchestration: { drain: { signal: USR2 } }\n").Orchestration.Drain.Signal);
    }

    [Fact]
    public void The_pre_flight_is_the_profiles_unless_the_file_has_one_or_says_none()
    {
        const string Text = "version: v1\nservice: { name: a, command: [rsyslogd, -n, -f, /etc/x.conf] }\n";
        Assert.Equal(["rsyslogd", "-N1", "-f", "/etc/x.conf"], Assert.Single(Yaml.Plan(Text).Orchestration.PreFlight).Command);
        Assert.Empty(Yaml.Plan(Text + "orchestration: { pre_flight: [] }\n").Orchestration.PreFlight);
        var own = Yaml.Plan(Text + "orchestration: { pre_flight: [{ name: a, command: [b] }] }\n");
        Assert.Equal("a", Assert.Single(own.Orchestration.PreFlight).Name);
        Assert.Empty(Yaml.Plan(Yaml.Minimal).Orchestration.PreFlight);
    }

    [Theory]
    [InlineData("rsyslogd -n -f a", "rsyslogd -iNONE -n -f a")]
    [InlineData("rsyslogd -f a", "rsyslogd -iNONE -n -f a")]
    [InlineData("rsyslogd -n -i /run/x.pid", "rsyslogd -n -i /run/x.pid")]
    [InlineData("rsyslogd -ni/run/x.pid", "rsyslogd -ni/run/x.pid")]
    [InlineData("rsyslogd -n -iNONE", "rsyslogd -n -iNONE")]
    [InlineData("rsyslogd -n -f -i", "rsyslogd -iNONE -n -f -i")]
    public void Rsyslogd_gets_no_pid_file_and_stays_in_the_foreground(string command, string adapted) =>
        Assert.Equal(adapted.Split(' '), RsyslogProfile.Profile.AdaptCommand!(command.Split(' '), "/run/gen-1"));

    [Theory]
    [InlineData("rsyslogd -n -f a -M/usr/lib/r -iNONE", "rsyslogd -N1 -f a -M /usr/lib/r")]
    [InlineData("rsyslogd -n", "rsyslogd -N1")]
    public void Rsyslogds_dry_run_has_the_same_files(string command, string check) =>
        Assert.Equal(check.Split(' '), RsyslogProfile.Profile.DefaultPreFlight!(command.Split(' '))!.Command);

    [Theory]
    [InlineData("haproxy -f a", "haproxy -db -f a")]
    [InlineData("haproxy -D -f a", "haproxy -db -f a")]
    [InlineData("haproxy -db -f a", "haproxy -db -f a")]
    [InlineData("haproxy -Ws -f a", "haproxy -db -Ws -f a")]
    public void Haproxy_stays_in_the_foreground(string command, string adapted)
    {
        Assert.Equal(adapted.Split(' '), HaproxyProfile.Profile.AdaptCommand!(command.Split(' '), "/run/gen-1"));
        var check = HaproxyProfile.Profile.DefaultPreFlight!(command.Split(' '))!.Command;
        Assert.Equal(["haproxy", "-c", .. adapted.Split(' ')[1..]], check);
    }

    [Theory]
    [InlineData("apache2 -f a", "apache2 -f a -DFOREGROUND -c|PidFile I/apache.pid")]
    [InlineData("apache2 -D FOREGROUND", "apache2 -D FOREGROUND -c|PidFile I/apache.pid")]
    [InlineData("apache2 -X", "apache2 -X -c|PidFile I/apache.pid")]
    [InlineData("lighttpd -f a", "lighttpd -f a -D")]
    [InlineData("lighttpd -Df a", "lighttpd -Df a")]
    [InlineData("squid -f a", "squid --foreground -f a")]
    [InlineData("squid -Nf a", "squid -Nf a")]
    [InlineData("squid --foreground -sYC", "squid --foreground -sYC")]
    [InlineData("gunicorn app:app", "gunicorn --pid I/gunicorn.pid app:app")]
    [InlineData("gunicorn -p x app:app", "gunicorn -p x app:app")]
    [InlineData("gunicorn --pid=x app:app", "gunicorn --pid=x app:app")]
    [InlineData("chronyd -f a", "chronyd -n -f a")]
    [InlineData("chronyd -d -x", "chronyd -d -x")]
    [InlineData("sshd -f a", "sshd -D -f a -o PidFile=I/sshd.pid")]
    [InlineData("sshd -De", "sshd -De -o PidFile=I/sshd.pid")]
    [InlineData("syslog-ng -f a", "syslog-ng -f a -F")]
    [InlineData("syslog-ng --foreground", "syslog-ng --foreground")]
    public void A_program_stays_in_the_foreground_and_has_a_pid_file_of_its_own_where_it_can(string command, string adapted) =>
        Assert.Equal(
            adapted.Split(' ', '|') is var words && adapted.Contains('|', StringComparison.Ordinal) ? [.. words[..^2], $"{words[^2]} {words[^1]}"] : words,
            ProfileList.For(command.Split(' ')).AdaptCommand!(command.Split(' '), "I"));

    [Theory]
    [InlineData("gunicorn app:app", "Split")]
    [InlineData("gunicorn --pid x app:app", "Sequential")]
    [InlineData("apache2", "Split")]
    [InlineData("chronyd", "Sequential")]
    [InlineData("squid", "Sequential")]
    public void What_forbids_two_at_once_leads_to_one_after_the_other(string command, string traffic)
    {
        var service = Yaml.Plan($"version: v1\nservice: {{ name: a, command: [{command.Replace(" ", ", ", StringComparison.Ordinal)}] }}\n").Service;
        Assert.Equal(traffic, service.Profile.Traffic!(service)!.Traffic.ToString());
    }
}
