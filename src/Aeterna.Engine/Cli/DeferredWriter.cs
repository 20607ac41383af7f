using System.Text;

namespace Aeterna.Cli;

/// <summary>
/// A writer that is opened when it is first written to. .NET duplicates the descriptor of stdout and stderr when the console is first
/// used: an engine that goes into the background must not have done that, or it would hold its caller's pipe open for ever.
/// </summary>
internal sealed class DeferredWriter(Func<TextWriter> open) : TextWriter
{
    private readonly Lazy<TextWriter> _writer = new(open);

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => _writer.Value.Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => _writer.Value.Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => _writer.Value.Write(buffer, index, count);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => _writer.Value.WriteLine(value);

    /// <inheritdoc/>
    public override void Flush()
    {
        if (_writer.IsValueCreated)
        {
            _writer.Value.Flush();
        }
    }
}
