namespace Aeterna.Listeners.Outside;

/// <summary>An input whose held socket a daemon serves by itself that the engine has not started: until that is over nothing is read from it here.</summary>
internal interface IOutsideInput
{
    /// <summary>The generation that serves the socket past the input; 0: none, the input itself does.</summary>
    int Outside { get; set; }
}
