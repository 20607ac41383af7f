using System.Security.Cryptography;
using System.Text;
using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration;

/// <summary>The bytes of a configuration file, read once.</summary>
/// <param name="FullPath">Absolute path.</param>
/// <param name="Sha256">Hash of the bytes in lower-case hex.</param>
/// <param name="Text">The text without a byte order mark.</param>
internal sealed record SourceFile(string FullPath, string Sha256, string Text)
{
    /// <summary>No sane configuration comes near.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Reads a file; null, with a finding, when it cannot be read.</summary>
    public static SourceFile? Read(string path, FindingList findings)
    {
        try
        {
            var fullPath = Path.GetFullPath(path);
            if (Directory.Exists(fullPath))
            {
                Refuse(findings, "it is a directory", "give the file in it");
                return null;
            }

            var bytes = ReadBytes(fullPath);
            if (bytes.Length > MostBytes)
            {
                Refuse(findings, "it has more than 1 MiB", "is it the right file?");
                return null;
            }

            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
            return new(fullPath, Convert.ToHexStringLower(SHA256.HashData(bytes)), text);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            Refuse(findings, "there is no such file", "check the path given with -c");
        }
        catch (DecoderFallbackException error)
        {
            Refuse(findings, $"it is not UTF-8 text (byte {error.Index})", "save it as UTF-8");
        }
        catch (UnauthorizedAccessException)
        {
            Refuse(findings, "permission denied", "make it readable for the engine's user");
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            Refuse(findings, Printable.Cut(error.Message, 200), null);
        }

        return null;
    }

    /// <summary>Reads no more than it takes to see that a file is too large, whatever kind of file it is.</summary>
    private static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[MostBytes + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..length];
    }

    private static void Refuse(FindingList findings, string why, string? hint) =>
        findings.Error(Place.Start, FindingCode.UnreadableFile, $"cannot read the configuration: {why}", hint);
}
