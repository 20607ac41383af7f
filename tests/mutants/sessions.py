"""The sessions of the relay: their courses, and the rules between client, legs and courses."""
IN = "src/Aeterna.Engine/Relay/Sessions"
QUICK = "FullyQualifiedName~CourseTests"
TESTS = (QUICK, "FullyQualifiedName~Tests.Relay")
EDITS = [
    ("what is taken back is left where it was", "RelaySession.Losing.cs", "_stream.TakeBack(TakeOut(leg))", "_stream.TakeBack(Unread(leg))"),
    ("a change that is not listed is made", "Course.cs", "if (Array.IndexOf(_table, (Now, to)) < 0)", "if (Array.IndexOf(_table, (Now, to)) < -1)"),
    ("a finished one is never settled again", "Course.cs", "        (Course.Finished, Course.Settled), // Its generation is no more, or never had it: another one is given what was not read, and the end.\n", ""),
    ("a course keeps the time of the one before", "Course.cs", "(Now, Since) = (to, Stopwatch.GetTimestamp());", "Now = to;"),
    ("a finished one leaves", "RelaySession.Moving.cs", "if (_course.Now != Course.Settled)\n        {\n            return;", "if (_course.Now == Course.Leaving)\n        {\n            return;"),
    ("one that leaves is given all that comes", "RelaySession.Moving.cs", "        _stream.Stop();\n", ""),
    ("a recalled one is still held back", "RelaySession.Moving.cs", "            _course.Turn(Course.Settled);\n            _stream.Resume();", "            _course.Turn(Course.Settled);"),
    ("one moves before all was read", "RelaySession.Moving.cs", "        else if (Libc.AllRead(leg.Fd))\n        {\n            Depart", "        else if (true)\n        {\n            Depart"),
    ("a dismissed one is finished when its client ends", "RelaySession.Ending.cs", "        if (_course.Now != Course.Dismissed)\n        {\n            _course.Turn(Course.Finished);\n        }\n", "        _course.Turn(Course.Finished);\n"),
    ("a dismissed one ends before all was read", "RelaySession.Ending.cs", "if (!isSilent || !Libc.AllRead(leg.Fd))", "if (!isSilent)"),
    ("the client's end is not told", "RelaySession.Ending.cs", "        _ = LibC.shutdown(leg.Fd, Libc.SHUT_WR); // ENOTCONN: it is closed already, which an event says.\n", ""),
    ("a finished one ends before it was answered", "RelaySession.Ending.cs", "leg.IsTold && (!Client.IsOpen || leg.HasEnded) &&", "leg.IsTold &&"),
    ("a foreign stream stays at an exclusive switch", "RelaySession.Moving.cs", "            else if (alone)\n            {\n                Dismiss();\n            }\n", ""),
    ("whoever comes next is not told the end", "RelaySession.Losing.cs", "        if (_course.Now != Course.Settled)\n        {\n            _course.Turn(Course.Settled);\n        }\n", "        if (_course.Now == Course.Leaving)\n        {\n            _course.Turn(Course.Settled);\n        }\n"),
    ("one that loses its generation ends with bytes unread", "RelaySession.Losing.cs", "if (wasTold && !_stream.IsPending)", "if (wasTold)"),
]
