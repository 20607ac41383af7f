namespace Aeterna;

/// <summary>A service that another engine can go on with.</summary>
internal interface IUpgradable
{
    /// <summary>Completes when another engine is to go on: the control API is to end first. There is another one after a <see cref="HandOver"/> that failed.</summary>
    Task Wanted { get; }

    /// <summary>Puts the other engine in the place of this one. Returns only when that could not be done; the service goes on as before.</summary>
    Task HandOver();
}
