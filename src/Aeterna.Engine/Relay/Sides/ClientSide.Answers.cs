using Aeterna.Linux;
using Aeterna.Relay.Frames;

namespace Aeterna.Relay.Sides;

/// <content>What is sent to the client, and what it has not taken yet.</content>
internal sealed unsafe partial class ClientSide
{
    private Segment? _answers;
    private int _answersTaken;

    /// <summary>Answers wait for the client: at most one segment. Meanwhile no leg is read.</summary>
    public bool HasAnswers => _answers is not null;

    /// <summary>Bytes of them.</summary>
    public long AnswersLeft => _answers is { } answers ? answers.Length - _answersTaken : 0;

    /// <summary>They, as far as the client has not taken them.</summary>
    public ReadOnlySpan<byte> Answers => _answers is { } answers ? new ReadOnlySpan<byte>(answers.Memory + _answersTaken, answers.Length - _answersTaken) : [];

    /// <summary>Where they are; null: there are none.</summary>
    public byte* AnswersMemory => _answers is { } answers ? answers.Memory + _answersTaken : null;

    /// <summary>Bytes that were written to the client; -1: not counted, or not known.</summary>
    public long Written { get; private set; } = -1;

    /// <summary>Counts what is written to the client from now on, where it is not yet.</summary>
    public void CountWritten() => Written = Written < 0 && !_isUnix && IsOpen ? SocketQueues.Written(_fd) ?? -1 : Written;

    /// <summary>Bytes of memory that they take.</summary>
    public long Held => _answers?.Size ?? 0;

    /// <summary>Sends an answer, and keeps what the client does not take now.</summary>
    /// <param name="scratch">The loop's scratch segment, with the answer.</param>
    /// <param name="count">Bytes of it.</param>
    /// <returns>False when there is no memory to keep it in.</returns>
    public bool Answer(Segment scratch, int count)
    {
        var sent = Send(scratch.Memory, count);
        if (sent == count)
        {
            return true;
        }

        var pool = _loop.Pool;
        var hasRoom = pool.HasRoom || (pool.Crowd.MakeRoom(pool.Most) && pool.HasRoom);
        if (!IsOpen)
        {
            return true; // It was this one that had to go.
        }

        if (hasRoom)
        {
            _answers = pool.TakeScratch();
            (_answers.Length, _answersTaken) = (count, sent);
        }

        return hasRoom;
    }

    /// <summary>Sends what waits; true when the client has taken all.</summary>
    public bool Flush()
    {
        _answersTaken += Send(_answers!.Memory + _answersTaken, _answers.Length - _answersTaken);
        if (_answersTaken < _answers.Length)
        {
            return false;
        }

        DropAnswers();
        return true;
    }

    /// <summary>Tells the client that no more answers come.</summary>
    public void EndAnswers()
    {
        if (IsOpen)
        {
            _ = LibC.shutdown(_fd, Libc.SHUT_WR); // ENOTCONN: it is gone, which an event says.
        }
    }

    /// <summary>Sends; returns what was taken. A client that is gone takes nothing any more: the event says so too.</summary>
    private int Send(byte* bytes, int length)
    {
        nint count;
        do
        {
            count = Libc.send(_fd, bytes, (nuint)length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
        }
        while (count < 0 && Errno.Last == Errno.EINTR);
        Written += Written < 0 ? 0 : Math.Max(0, count);
        return (int)Math.Max(0, count);
    }

    private void Keep(ReadOnlySpan<byte> answers)
    {
        if (answers.Length > 0)
        {
            CountWritten();
            _answers = _loop.Pool.TakeScratch();
            answers.CopyTo(new Span<byte>(_answers.Memory, _answers.Size));
            _answers.Length = answers.Length;
        }
    }

    private void DropAnswers()
    {
        if (_answers is { } answers)
        {
            (_answers, _answersTaken) = (null, 0);
            _loop.Pool.Return(answers);
        }
    }
}
