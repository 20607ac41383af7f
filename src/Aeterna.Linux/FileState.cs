namespace Aeterna.Linux;

/// <summary>A <see cref="SocketFile"/> as plain data.</summary>
/// <param name="Folder">The descriptor of the folder that it is in.</param>
/// <param name="Name">Its name there.</param>
/// <param name="File">Which file it is; null when none was found there.</param>
/// <param name="BoundAt">Where it was bound.</param>
/// <param name="Rights">Of who bound it; null: the engine itself.</param>
internal sealed record FileState(int Folder, string Name, FileIdentity? File, Whereabouts BoundAt, Rights? Rights);

/// <content>To plain data and back.</content>
internal sealed partial class SocketFile
{
    /// <summary>It as plain data; the descriptor stays its own.</summary>
    public FileState State() => new(_place.Folder, _place.Name, file, BoundAt, rights);

    /// <summary>Goes on with one whose folder is open under the number that is said, and takes that over.</summary>
    public static SocketFile From(FileState state) =>
        new(FilePlace.In(state.Folder, state.Name), state.File, state.Rights) { BoundAt = state.BoundAt };
}
