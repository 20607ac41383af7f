using System.Reflection;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>
/// Read from the compiled engine: who makes, changes or removes files by path. In folders that somebody else may write only the code that
/// holds the folder open may (Linux/Folder, FolderTree, FilePlace, SocketFile); everybody else has a reason here, or no business.
/// </summary>
public class PlainFunctionTests
{
    private static readonly Dictionary<string, string[]> _plain = new()
    {
        ["System.IO.File"] =
        [
            "AppendAllLines", "AppendAllText", "AppendText", "Copy", "Create", "CreateSymbolicLink", "CreateText", "Delete", "Move", "Open", "OpenHandle",
            "OpenWrite", "Replace", "SetUnixFileMode", "WriteAllBytes", "WriteAllBytesAsync", "WriteAllLines", "WriteAllText", "WriteAllTextAsync",
        ],
        ["System.IO.Directory"] = ["CreateDirectory", "CreateSymbolicLink", "CreateTempSubdirectory", "Delete", "Move"],
        ["System.IO.FileSystemInfo"] = ["CreateAsSymbolicLink", "Delete", "set_UnixFileMode"],
        ["System.IO.FileInfo"] = ["Create", "CopyTo", "Delete", "MoveTo", "Open", "OpenWrite", "Replace"],
        ["System.IO.DirectoryInfo"] = ["Create", "CreateSubdirectory", "Delete", "MoveTo"],
        ["System.IO.FileStream"] = [".ctor(string)"],
        ["System.IO.StreamWriter"] = [".ctor(string)"],
        ["Aeterna.Linux.UnixFiles"] = ["*"],
        ["Aeterna.Linux.PlainFile"] = ["*"],
    };

    /// <summary>Who may, and why.</summary>
    private static readonly Dictionary<string, string> _mayUse = new()
    {
        ["Aeterna.Linux.UnixFiles"] = "they are its own",
        ["Aeterna.Linux.PlainFile"] = "they are its own",
        ["Aeterna.Linux.Folder"] = "holds the folder open",
        ["Aeterna.Linux.FolderTree"] = "holds the folder open",
        ["Aeterna.Linux.FilePlace"] = "holds the folder open",
        ["Aeterna.Linux.SocketFile"] = "goes to / from where it resolves",
        ["Aeterna.Linux.Deputy"] = "rehearses them",
        ["Aeterna.Linux.Cgroup"] = "the kernel's own files, where nobody can make a link",
        ["Aeterna.Control.RunDirectory"] = "the run directory, after Folder.OpenSafe has found that nobody else can exchange it",
        ["Aeterna.Control.BackgroundLog"] = "the run directory, and /dev/null",
        ["Aeterna.Keeper.KeeperProcess"] = "/dev/null",
        ["Aeterna.Configuration.SourceFile"] = "reads the configuration",
        ["Aeterna.Configuration.Checks.PortCheck"] = "reads the engine's number in the run directory, with the rights of who asks for the check",
        ["Aeterna.Cli.LogReader"] = "reads a log with the rights of who asks, and makes nothing",
        ["Aeterna.Cli.DetachedStart"] = "reads the log in the run directory, with the rights of who asked for the start",
    };

    [Fact]
    public void Nobody_else_makes_or_removes_files_by_path()
    {
        var plain = CompiledCode.Calls(CompiledCode.Engine).Where(call => IsPlain(call.Called))
            .Select(call => (User: call.User.FullName!, Called: $"{call.Called.DeclaringType}.{call.Called.Name}")).Distinct().ToList();
        Assert.Empty(plain.Where(call => !_mayUse.ContainsKey(call.User)).Select(call => $"{call.User} calls {call.Called}"));
        Assert.Contains(plain, call => call.User == "Aeterna.Linux.FolderTree"); // It can see.
        Assert.Contains(plain, call => call.User == "Aeterna.Control.RunDirectory");
    }

    private static bool IsPlain(MethodBase called) =>
        _plain.TryGetValue($"{called.DeclaringType!.Namespace}.{CompiledCode.Outermost(called.DeclaringType).Name}", out var names)
        && (names[0] == "*" ? called.Name is not "Names" and not "Rewind" : names.Contains(IsOfText(called) ? ".ctor(string)" : called.Name));

    private static bool IsOfText(MethodBase called) => called.Name == ".ctor" && called.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(string);
}
