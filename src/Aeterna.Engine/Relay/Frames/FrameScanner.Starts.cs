namespace Aeterna.Relay.Frames;

/// <content>Messages that begin with a pattern (imptcp, processDataRcvd_regexFraming). The end of one is known only some bytes into the next.</content>
internal partial struct FrameScanner
{
    private int Match(ReadOnlySpan<byte> rest)
    {
        if (_position == Position.Lost)
        {
            return rest.Length;
        }

        var start = rules.Syslog.Start!;
        var most = 2L * rules.Syslog.LargestMessage;
        for (var i = 0; i < rest.Length; i++)
        {
            var place = At + i;
            if (place + 1 - Cut == most)
            {
                // It is given up to be the end of a message.
                Frames++;
                SetCut(place + 1, default);
                (_inLaterLine, _matched) = (false, start.First);
                LoseIf(rest[i] == (byte)'\n'); // rsyslogd would look in front of its buffer.
                return i + 1;
            }

            if (rest[i] == (byte)'\n')
            {
                (_inLaterLine, _lineAt, _matched, _matchedFromSecond) = (true, place + 1, start.First, 0);
            }
            else if (_inLaterLine)
            {
                _matched = start.Next(_matched, rest[i]);
                _matchedFromSecond = place == _lineAt ? start.First : start.Next(_matchedFromSecond, rest[i]);
                if (start.IsMatch(_matched))
                {
                    Frames++;
                    SetCut(_lineAt, default);
                    (_inLaterLine, _matched) = (false, _matchedFromSecond);
                    LoseIf(start.IsMatch(_matched));
                    return i + 1;
                }
            }
            else
            {
                // The first line of a message is matched too, and what happens then is nobody's intention.
                _matched = place == Cut ? start.First : start.Next(_matched, rest[i]);
                LoseIf(start.IsMatch(_matched));
            }
        }

        return rest.Length;
    }

    private void LoseIf(bool isLost) => _position = isLost ? Position.Lost : _position;
}
