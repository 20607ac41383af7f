using System.Text;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Verification;

namespace Aeterna.Tests.Load;

/// <summary>Output files made by hand, in a folder that goes with this.</summary>
internal sealed class OutputFiles : IDisposable
{
    private static readonly DateTime _time = new(2026, 10, 5, 1, 2, 3, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("aeterna-test-").FullName;

    public string Pattern => PathOf("*");

    public string PathOf(string name) => Path.Combine(_folder, $"out.{name}.log");

    /// <summary>A message as %rawmsg% writes it.</summary>
    public static string Raw(long number, string source = "l0", long connection = 0, string from = "-", int length = 200)
    {
        var buffer = new byte[MessageWriter.MaxLength];
        var payload = Payload.Next(Random.Shared, length);
        var header = MessageHeader.Rfc3164(source, _time);
        var written = MessageWriter.Write(
            buffer, header, Encoding.ASCII.GetBytes(source), connection, number, Encoding.ASCII.GetBytes(from), payload);
        return Encoding.ASCII.GetString(buffer, 0, written);
    }

    /// <summary>A message as %msg% writes it.</summary>
    public static string Msg(long number, string before = " ")
    {
        var raw = Raw(number);
        return before + raw[raw.IndexOf("AE1 ", StringComparison.Ordinal)..];
    }

    public static SourceSent Sent(long last, string source = "l0", params long[] unsent) => new(source, Protocol.TcpLong, last, unsent);

    public void Write(string name, params string[] lines) => File.WriteAllText(PathOf(name), string.Concat(lines.Select(l => l + "\n")));

    public void Append(string name, string text) => File.AppendAllText(PathOf(name), text);

    public VerificationReport Verify(bool addressFirst, params SourceSent[] sent)
    {
        using var verifier = new Verifier(Pattern, addressFirst);
        verifier.Poll();
        return verifier.Report(sent);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
