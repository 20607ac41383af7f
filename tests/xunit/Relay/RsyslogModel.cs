using System.Text;

using Aeterna.Machine.Plans;

namespace Aeterna.Tests.Relay;

/// <summary>
/// What imtcp and imptcp of rsyslog 8.2302 make of a stream, byte by byte, written down from what they do (and held against a real rsyslogd
/// elsewhere): the measure for the scanner, which only looks for places.
/// </summary>
internal sealed class RsyslogModel(SyslogRules rules)
{
    private readonly List<byte> _message = [];
    private readonly bool _isImptcp = rules.Oversize == Oversize.Open;
    private State _state;
    private bool _isCounted;
    private long _left;
    private int _lineAt = 1;

    private enum State
    {
        Start,
        Count,
        Message,
        Dropping,
    }

    /// <summary>The messages so far.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>What it has of a message that has not ended.</summary>
    public string Unfinished => Text();

    /// <summary>One read of the program.</summary>
    public RsyslogModel Read(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (rules.Start is { } start)
            {
                Started(bytes[i], start);
            }
            else
            {
                Next(bytes[i], i + 1 < bytes.Length ? bytes[i + 1] : null);
            }
        }

        return this;
    }

    private void Next(byte c, byte? next)
    {
        var isDigit = c is >= (byte)'0' and <= (byte)'9';
        if (_state == State.Start)
        {
            if (isDigit && rules.OctetCounted)
            {
                (_state, _left, _isCounted) = (State.Count, 0, true);
            }
            else if (c == ' ' && rules.SkipsBlanks)
            {
                return;
            }
            else
            {
                (_state, _isCounted) = (State.Message, false);
            }
        }

        switch (_state)
        {
            case State.Count when isDigit:
                _left = _left <= 200_000_000 ? (_left * 10) + c - '0' : _left;
                Add(c);
                break;
            case State.Count:
                _isCounted = _left >= 1 && _left <= rules.LargestCount;
                if (_left <= rules.LargestCount)
                {
                    _message.Clear();
                }

                _state = State.Message;
                break;
            case State.Dropping when _isCounted:
                _state = --_left < 1 ? State.Start : _state;
                break;
            case State.Dropping:
                _state = IsEnd(c) ? State.Start : _state;
                break;
            default:
                Message(c, next);
                break;
        }
    }

    private void Message(byte c, byte? next)
    {
        if (_isImptcp)
        {
            ImptcpMessage(c, next);
            return;
        }

        if (!_isCounted && IsEnd(c))
        {
            Submit();
            _state = State.Start;
            return;
        }

        if (!Add(c))
        {
            Submit();
            if (rules.Oversize == Oversize.Cut)
            {
                _state = _isCounted && --_left == 0 ? State.Start : State.Dropping;
                return;
            }
        }

        if (_isCounted && --_left < 1)
        {
            Submit();
            _state = State.Start;
        }
    }

    private void ImptcpMessage(byte c, byte? next)
    {
        if (_isCounted)
        {
            Add(c);
            if (--_left == 0)
            {
                Submit();
                _state = State.Start;
            }

            return;
        }

        if (_message.Count >= rules.LargestMessage)
        {
            Messages.Add(Text()); // The message stays, and comes again with the next character.
        }

        if (IsEnd(c) && (!rules.IsMultiLine || next is null or (byte)'<'))
        {
            if (_message.Count < rules.LargestMessage)
            {
                Submit();
            }

            _message.Clear();
            _state = State.Start;
        }
        else
        {
            Add(c);
        }
    }

    private void Started(byte c, MessageStart start)
    {
        _message.Add(c);
        if (_message.Count == 2 * rules.LargestMessage)
        {
            Submit();
            _lineAt = 1;
        }

        if (c == '\n')
        {
            _lineAt = Math.Max(1, _message.Count); // At 0 it would look in front of its buffer.
            return;
        }

        var state = start.First;
        for (var i = _lineAt; i < _message.Count && !start.IsMatch(state); i++)
        {
            state = start.Next(state, _message[i]);
        }

        if (start.IsMatch(state))
        {
            var rest = _message[_lineAt..];
            _message.RemoveRange(_lineAt - 1, _message.Count - _lineAt + 1);
            Submit();
            _message.AddRange(rest);
            _lineAt = 1;
        }
    }

    private bool Add(byte c)
    {
        if (_message.Count >= rules.LargestMessage)
        {
            return false;
        }

        _message.Add(c);
        return true;
    }

    private bool IsEnd(byte c) => (c == '\n' && rules.EndsAtLf) || (rules.Delimiter != -1 && (sbyte)c == rules.Delimiter);

    private string Text() => Encoding.Latin1.GetString([.. _message]);

    private void Submit()
    {
        if (_message.Count > 0)
        {
            Messages.Add(Text());
        }

        _message.Clear();
    }
}
