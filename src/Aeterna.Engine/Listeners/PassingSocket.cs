using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <summary>A held socket that one generation alone has. The descriptor is the owner's of this.</summary>
/// <param name="Scheme">Which kind of socket.</param>
/// <param name="Process">Who had it when somebody looked last.</param>
/// <param name="Inode">The socket's.</param>
/// <param name="Socket">A duplicate of it.</param>
internal sealed record PassingSocket(ListenerScheme Scheme, int Process, ulong Inode, FileDescriptor Socket);
