using System.Globalization;
using System.Text.Json;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>Every SDK reads the golden vectors as the index says, and writes the good ones byte for byte.</summary>
public class VectorTests
{
    private const string Python = """
        import json, os, socket, sys
        root = sys.argv[1]
        sys.path.insert(0, root + '/sdk/python')
        import aeterna
        for vector in json.load(open(root + '/sdk/vectors/index.json')):
            data = open(root + '/sdk/vectors/' + vector['file'], 'rb').read()
            ours, theirs = socket.socketpair()
            theirs.sendall(data)
            theirs.close()
            connection, frames, error = aeterna.Connection(ours), [], '-'
            try:
                while True:
                    frame = connection.receive()
                    if frame is None:
                        break
                    frames.append((frame[0], bytes(frame[1])))
            except aeterna.ProtocolError as e:
                error = e.kind
            print(vector['file'], error, *['%d:%s' % (k, p.hex()) for k, p in frames])
            if error == '-':
                assert b''.join(aeterna.encode(k, p) for k, p in frames) == data, vector['file']
        """;

    private const string C = """
        #include "aeterna.h"
        #include <stdio.h>
        #include <string.h>
        int main(int argc, char **argv) {
            static unsigned char data[1 << 16];
            for (int i = 1; i < argc; i++) {
                FILE *file = fopen(argv[i], "rb");
                size_t size = fread(data, 1, sizeof data, file), at = 0;
                const char *error = "-";
                char frames[1 << 15] = "";
                fclose(file);
                while (at < size) {
                    int type; size_t length; unsigned char header[12];
                    const char *wrong = size - at < 12 ? "truncated" : aeterna_check_header(data + at, &type, &length);
                    if (wrong == NULL && size - at - 12 < length) wrong = "truncated";
                    if (wrong != NULL) { error = wrong; break; }
                    aeterna_write_header(header, type, length);
                    if (memcmp(header, data + at, 12) != 0) { error = "written differently"; break; }
                    sprintf(frames + strlen(frames), " %d:", type);
                    for (size_t n = 0; n < length; n++) sprintf(frames + strlen(frames), "%02x", data[at + 12 + n]);
                    at += 12 + length;
                }
                printf("%s %s%s\n", strrchr(argv[i], '/') + 1, error, frames);
            }
            printf("crc %lu\n", (unsigned long)aeterna_crc32c("123456789", 9));
            return 0;
        }
        """;

    [Fact]
    public void Python_reads_and_writes_the_vectors() =>
        Assert.Equal(Expected(), Lines(Shell.Output("/usr/bin/env", "python3", "-S", "-c", Python, Repository.Root)));

    [Fact]
    public void C_reads_and_writes_the_vectors()
    {
        var folder = Temp.Folder();
        try
        {
            var program = Path.Combine(folder, "vectors");
            Assert.Equal("", Gcc.Compile(C, CompileSdk(program)));
            var files = Index().Select(v => Repository.File("sdk", "vectors", v.GetProperty("file").GetString()!)).ToArray();
            Assert.Equal([.. Expected(), "crc 3808858755"], Lines(Shell.Output(program, files)));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void CSharp_reads_and_writes_the_vectors() => Assert.Equal(Expected(), Index().Select(v => Decode(v.GetProperty("file").GetString()!)));

    private static string Decode(string name)
    {
        var data = File.ReadAllBytes(Repository.File("sdk", "vectors", name));
        var (theirs, ours) = SdkPair.Open();
        using (ours)
        {
            using (theirs)
            {
                theirs.Send(data);
            }

            var (frames, error, written) = ("", "-", new List<byte>());
            try
            {
                while (ours.Receive() is var (type, payload))
                {
                    frames += $" {(byte)type}:{Convert.ToHexStringLower(payload)}";
                    written.AddRange(Aeterna.Sdk.Frames.Frame(type, payload));
                }
            }
            catch (Aeterna.Sdk.ProtocolException e)
            {
                error = e.Kind;
            }

            Assert.True(error != "-" || data.AsSpan().SequenceEqual(written.ToArray()), $"{name} is written differently");
            return $"{name} {error}{frames}";
        }
    }

    /// <summary>Arguments for gcc that add the C SDK, strictly C99.</summary>
    internal static string[] CompileSdk(string output) =>
        ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-I", Repository.File("sdk", "c"), Repository.File("sdk", "c", "aeterna.c"), "-o", output];

    private static List<string> Expected() =>
    [
        .. Index().Select(v => string.Create(
            CultureInfo.InvariantCulture,
            $"{v.GetProperty("file")} {(v.TryGetProperty("error", out var error) ? error.GetString() : "-")}{string.Concat(
                v.GetProperty("frames").EnumerateArray().Select(f => $" {f.GetProperty("type")}:{f.GetProperty("payload_hex")}"))}")),
    ];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static List<JsonElement> Index()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Repository.File("sdk", "vectors", "index.json")));
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }
}
