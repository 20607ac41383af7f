namespace Aeterna.Listeners.Outside;

/// <summary>
/// The sockets of a daemon that the engine has not started, and the TCP connections that it has accepted from them: these are its own, and cannot be given to
/// anybody else. May be called from any thread.
/// </summary>
internal interface IOutsideSockets : IDisposable
{
    /// <summary>Whether each of its sockets is one whose traffic the engine can direct.</summary>
    bool AllDirected { get; }

    /// <summary>Whether one of them is.</summary>
    bool AnyDirected { get; }

    /// <summary>Whether it reads unix datagrams, which go to it until it ends.</summary>
    bool TakesDatagrams { get; }

    /// <summary>The connections that it has, by inode.</summary>
    IReadOnlySet<ulong> Connections();

    /// <summary>How many connections wait to be accepted by it.</summary>
    int Waiting();

    /// <summary>Whether a connection that it has has something in it that it has not read.</summary>
    bool HasUnread();

    /// <summary>No TCP connection is made to its sockets any more: who tries waits, and is not refused.</summary>
    void Shut();

    /// <summary>The connections that it has get nothing more: what their clients send is not acknowledged, so that they keep it and send it again.</summary>
    void Dam();

    /// <summary>Takes back <see cref="Dam"/> and <see cref="Shut"/>.</summary>
    void Reopen();

    /// <summary>Whether one of its processes could still accept from, or read, one of the sockets.</summary>
    bool IsServed();

    /// <summary>The names of its unix sockets cannot be removed until the answer is disposed.</summary>
    /// <exception cref="Linux.LinuxException">EPERM and others of mount(2).</exception>
    IDisposable KeepNames();

    /// <summary>From here on the engine serves them, and connections are made again.</summary>
    void TakeOver();

    /// <summary>The daemon keeps its sockets: they are held no more, and are what they were.</summary>
    void GiveBack();
}
