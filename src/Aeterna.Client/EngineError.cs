namespace Aeterna.Client;

/// <summary>What can go wrong between a caller and an engine. Each has one stable error id, <c>Aeterna.</c> and its name.</summary>
internal enum EngineError
{
    /// <summary>No engine answers for that service.</summary>
    NotRunning,

    /// <summary>An engine of that name runs, and the configuration file has changed since it read it.</summary>
    AlreadyRunning,

    /// <summary>An engine of that name runs with a configuration file of another path.</summary>
    OtherConfigPath,

    /// <summary>Another reload is under way.</summary>
    ReloadBusy,

    /// <summary>The configuration is bad.</summary>
    ConfigInvalid,

    /// <summary>The reload was rolled back.</summary>
    RolledBack,

    /// <summary>Pre-flight or the configuration stopped the reload.</summary>
    ReloadBlocked,

    /// <summary>The reload ended with no generation serving.</summary>
    ReloadFailed,

    /// <summary>There is nothing to go back to.</summary>
    NothingToUndo,

    /// <summary>There is no soak that could be ended now.</summary>
    NothingToPromote,

    /// <summary>A signal would end the process, or nobody handles it.</summary>
    SignalRefused,

    /// <summary>The engine cannot be replaced at this moment, or not by that program.</summary>
    UpgradeRefused,

    /// <summary>The engine has died again and again, and the reload was not forced.</summary>
    Unsteady,

    /// <summary>No reload is under way.</summary>
    NothingToWatch,

    /// <summary>The service is being stopped.</summary>
    Stopping,

    /// <summary>The history has no such record.</summary>
    NoSuchReload,

    /// <summary>A token is needed, or is wrong.</summary>
    Unauthorized,

    /// <summary>The caller may not.</summary>
    Forbidden,

    /// <summary>The server's certificate is not trusted.</summary>
    CertificateUntrusted,

    /// <summary>A token would go over the network in the clear.</summary>
    Unencrypted,

    /// <summary>An answer, or what was waited for, did not come in time.</summary>
    Timeout,

    /// <summary>The connection failed or broke.</summary>
    Unreachable,

    /// <summary>The engine speaks another version of the control API.</summary>
    ContractVersion,

    /// <summary>What answers is no engine.</summary>
    NotAnEngine,

    /// <summary>Several services run and none was named.</summary>
    NameNeeded,

    /// <summary>The engine at that address serves another service.</summary>
    NameMismatch,

    /// <summary>The URI is not one of an engine.</summary>
    BadUri,

    /// <summary>There is no such file.</summary>
    FileNotFound,

    /// <summary>The program of the engine is not there, or cannot be run.</summary>
    EngineMissing,

    /// <summary>The engine or its service did not start.</summary>
    StartFailed,

    /// <summary>The engine has ended, and processes of its service live on.</summary>
    StopFailed,

    /// <summary>The engine refused for a reason that has no id of its own.</summary>
    Refused,
}
