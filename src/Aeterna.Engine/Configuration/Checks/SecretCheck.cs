using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether tokens, keys and certificates can be read, fit together, and are not open to everybody.</summary>
internal static class SecretCheck
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static void Run(Plan plan, CheckReport report)
    {
        Token(plan.Control.TokenFile, report);
        Tls(plan.Control.Tls, "control.tls", report);
        var listeners = plan.Service.Listeners;
        for (var i = 0; i < listeners.Count; i++)
        {
            Tls(listeners[i].Tls, $"service.listeners[{i}].tls", report);
        }
    }

    private static void Token(string? file, CheckReport report)
    {
        const string Path = "control.token_file";
        if (Read(file, Path, report) is not { } text)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            report.Error(Path, FindingCode.EmptyToken, $"cannot use {file}: it is empty", "write a long random word into it");
        }

        Private(file!, Path, report);
    }

    private static void Tls(TlsPlan? tls, string path, CheckReport report)
    {
        if (tls is null)
        {
            return;
        }

        Authorities(tls.ClientCa, path + ".client_ca", report);
        if (Read(tls.Certificate, path + ".certificate", report) is not { } certificate
            || Read(tls.Key, path + ".key", report) is not { } key)
        {
            return;
        }

        Private(tls.Key, path + ".key", report);
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
            if (pair.NotAfter < DateTime.Now)
            {
                report.Warning(
                    path + ".certificate", FindingCode.Expired, $"{tls.Certificate} was valid until {pair.NotAfter:yyyy-MM-dd}", "renew it");
            }
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            report.Error(
                path + ".certificate",
                FindingCode.BadCertificate,
                $"cannot use {tls.Certificate} with {tls.Key}: {error.Message}",
                "both have to be PEM, the key without a pass phrase, and belong together");
        }
    }

    private static void Authorities(string? file, string path, CheckReport report)
    {
        if (Read(file, path, report) is not { } text)
        {
            return;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            report.Error(path, FindingCode.BadCertificate, $"cannot use {file}: {error.Message}", "it has to be PEM");
            return;
        }

        if (authorities.Count == 0)
        {
            report.Error(path, FindingCode.BadCertificate, $"cannot use {file}: there is no certificate in it", "it has to be PEM");
        }
    }

    private static string? Read(string? file, string path, CheckReport report)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            report.Error(path, FindingCode.NoSuchFile, $"cannot read {file}: there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.Error(
                path, FindingCode.UnreadableFile, $"cannot read {file}: {error.Message}", "make it readable for the engine's user");
        }

        return null;
    }

    private static void Private(string file, string path, CheckReport report)
    {
        if ((Files.Mode(file) & Others) is not (null or UnixFileMode.None))
        {
            report.Error(
                path, FindingCode.OpenToAll, $"{file} can be read or written by every user of this machine", $"chmod o-rw {file}");
        }
    }
}
