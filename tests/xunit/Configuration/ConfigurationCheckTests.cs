using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aeterna.Configuration;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What this machine lacks is found, at the key that names it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ConfigurationCheckTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("aeterna-check-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_sound_file_on_a_sound_machine_has_no_findings() =>
        Assert.Empty(Run("service: { name: a, command: [sleep, \"1\"], binary_path: /bin/sleep, user: ME, group: root, working_directory: /tmp }"));

    [Fact]
    public void Nothing_is_checked_of_a_file_that_could_not_be_loaded() =>
        Assert.Empty(ConfigurationCheck.Run(Yaml.Load("version: v1\nservice: { name: a, command: [nothing-such], usr: x }\n")));

    [Theory]
    [InlineData("service: { name: a, command: [nothing-such] }", "2:21 error no_such_program")]
    [InlineData("service: { name: a, command: [/nothing/such] }", "2:21 error no_such_program")]
    [InlineData("service: { name: a, command: [/etc/passwd] }", "2:21 error not_executable")]
    [InlineData("service: { name: a, command: [/etc] }", "2:21 error not_executable")]
    [InlineData("service: { name: a, command: [sleep], binary_path: /nothing/such }", "2:39 error no_such_program")]
    [InlineData("service: { name: a, command: [sleep], binary_path: /bin/cat }", "2:39 warning other_binary")]
    [InlineData("service: { name: a, command: [sleep], user: nobody-such }", "2:39 error no_such_user")]
    [InlineData("service: { name: a, command: [sleep], group: nobody-such, user: ME }", "2:39 error no_such_group")]
    [InlineData("service: { name: a, command: [sleep], user: --help }", "2:39 error no_such_user")]
    [InlineData("service: { name: a, command: [sleep], working_directory: /nothing/such }", "2:39 error no_such_directory")]
    [InlineData("service: { name: a, command: [sleep], working_directory: /etc/passwd }", "2:39 error no_such_directory")]
    [InlineData("service: { name: a, command: [sleep], listeners: [{ name: l, address: \"unix:///nothing/such\" }] }", "2:62 error no_such_directory")]
    [InlineData("service: { name: a, command: [sleep] }\ncontrol: { socket: /nothing/such }", "3:12 error no_such_directory")]
    [InlineData("service: { name: a, command: [sleep] }\norchestration: { pre_flight: [{ name: p, command: [nothing-such] }] }", "3:42 error no_such_program")]
    [InlineData("service: { name: a, command: [sleep] }\norchestration: { post_process: { on_failure: [{ name: p, command: [nothing-such] }] } }", "3:58 error no_such_program")]
    [InlineData("service: { name: a, command: [sleep] }\norchestration: { canary: { health_check: { command: [nothing-such] } } }", "3:44 error no_such_program")]
    [InlineData("service: { name: a, command: [sleep] }\norchestration: { state_handoff: { socket_path: /nothing/such } }", "3:35 error no_such_directory")]
    [InlineData("service: { name: a, command: [sleep] }\norchestration: { state_handoff: { export: [nothing-such] } }", "3:35 error no_such_program")]
    [InlineData("service: { name: a, command: [sleep] }\ncontrol: { token_file: /nothing/such }", "3:12 error no_such_file")]
    [InlineData("service: { name: a, command: [sleep] }\ncontrol: { tls: { certificate: /nothing/such, key: /nothing/such } }", "3:19 error no_such_file")]
    public void What_is_not_there(string text, string mark)
    {
        var finding = Assert.Single(Run(text));
        Assert.StartsWith(mark, finding, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_pre_flight_that_cannot_run_is_found_too() =>
        Assert.Equal(2, Run("service: { name: a, command: [/nothing/nginx] }").Length);

    [Fact]
    public void A_program_is_looked_for_where_the_service_would_find_it()
    {
        var tool = Write("tool", "#!/bin/sh\n", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var folder = _directory.FullName;
        Assert.Empty(Run($"service: {{ name: a, command: [tool], env: [PATH={folder}] }}\norchestration: {{ pre_flight: [{{ name: p, command: [tool] }}] }}"));
        Assert.EndsWith("no_such_program", Assert.Single(Run($"service: {{ name: a, command: [sleep], env: [PATH={folder}] }}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed()
    {
        var broken = Link("broken", "/nothing/such");
        var loop = Link("loop", Path.Combine(_directory.FullName, "loop"));
        var text = Link("text", "/etc/passwd");
        Assert.EndsWith("no_such_program", Assert.Single(Run($"service: {{ name: a, command: [{broken}] }}")), StringComparison.Ordinal);
        Assert.EndsWith("no_such_program", Assert.Single(Run($"service: {{ name: a, command: [{loop}] }}")), StringComparison.Ordinal);
        Assert.EndsWith("not_executable", Assert.Single(Run($"service: {{ name: a, command: [{text}] }}")), StringComparison.Ordinal);
        Assert.Empty(Run($"service: {{ name: a, command: [sleep], binary_path: {Link("sound", "/bin/sleep")} }}"));
        Assert.Equal(["3:12 error open_to_all"], Run($"service: {{ name: a, command: [sleep] }}\ncontrol: {{ token_file: {text} }}"));
    }

    [Fact]
    public void A_token_has_to_be_there_and_private()
    {
        var token = Write("token", "word\n", UnixFileMode.UserRead);
        var text = $"service: {{ name: a, command: [sleep] }}\ncontrol: {{ token_file: {token} }}";
        Assert.Empty(Run(text));
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal(["3:12 error open_to_all"], Run(text));
        Write("token", " \n", UnixFileMode.UserRead);
        Assert.Equal(["3:12 error empty_token"], Run(text));
    }

    [Fact]
    public void A_certificate_and_its_key_have_to_fit()
    {
        var (certificate, key) = Certificate("one", DateTimeOffset.Now.AddDays(1));
        var (expired, expiredKey) = Certificate("two", DateTimeOffset.Now.AddDays(-1));
        Assert.Empty(Run(Tls(certificate, key)));
        Assert.Equal(["3:19 warning expired"], Run(Tls(expired, expiredKey)));
        Assert.Equal(["3:19 error bad_certificate"], Run(Tls(certificate, expiredKey)));
        Assert.Equal(["3:19 error bad_certificate"], Run(Tls(Write("junk", "junk", UnixFileMode.UserRead), key)));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.EndsWith("error open_to_all", Assert.Single(Run(Tls(certificate, key))), StringComparison.Ordinal);
    }

    private static string Tls(string certificate, string key) =>
        $"service: {{ name: a, command: [sleep] }}\ncontrol: {{ tls: {{ certificate: {certificate}, key: {key} }} }}";

    private static string[] Run(string text)
    {
        var loaded = Yaml.Load("version: v1\n" + text.Replace(" ME", " " + Environment.UserName, StringComparison.Ordinal) + "\n");
        Assert.NotNull(loaded.Plan);
        return [.. ConfigurationCheck.Run(loaded).Select(finding => $"{finding.Line}:{finding.Column} {finding.Severity} {finding.Code}")];
    }

    private (string Certificate, string Key) Certificate(string name, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.Now.AddDays(-2), until);
        return (Write(name + ".pem", certificate.ExportCertificatePem(), UnixFileMode.UserRead),
            Write(name + ".key", key.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead));
    }

    private string Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_directory.FullName, name), target).FullName;

    private string Write(string name, string text, UnixFileMode mode)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.Delete(path);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
