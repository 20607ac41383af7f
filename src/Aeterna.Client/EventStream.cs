using System.Runtime.CompilerServices;
using System.Text;

namespace Aeterna.Client;

/// <summary>Reads the data of server-sent events as WHATWG's HTML standard defines them: the other fields repeat what the data has.</summary>
internal static class EventStream
{
    public static async IAsyncEnumerable<string> Read(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        StringBuilder? data = null;
        while (await reader.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0 && data is not null)
            {
                yield return data.ToString();
                data = null;
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                data = data is null ? new StringBuilder() : data.Append('\n');
                data.Append(line.AsSpan(line.StartsWith("data: ", StringComparison.Ordinal) ? 6 : 5));
            }
        }
    }
}
