using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

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
        ["Aeterna.Configuration.SourceFile"] = "reads the configuration",
        ["Aeterna.Cli.DetachedStart"] = "reads the log in the run directory, with the rights of who asked for the start",
    };

    private static readonly Dictionary<short, OpCode> _codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    [Fact]
    public void Nobody_else_makes_or_removes_files_by_path()
    {
        using var file = new PEReader(File.OpenRead(typeof(Aeterna.Linux.Errno).Assembly.Location));
        var metadata = file.GetMetadataReader();
        List<string> wrong = [];
        HashSet<string> seen = [];
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            var caller = Outermost(metadata, method.GetDeclaringType());
            foreach (var called in Calls(metadata, file.GetMethodBody(method.RelativeVirtualAddress).GetILReader()).Where(IsPlain))
            {
                seen.Add(caller);
                if (!_mayUse.ContainsKey(caller))
                {
                    wrong.Add($"{caller}.{metadata.GetString(method.Name)} calls {called.Type}.{called.Name}");
                }
            }
        }

        Assert.Empty(wrong);
        Assert.Contains("Aeterna.Linux.FolderTree", seen); // It can see.
        Assert.Contains("Aeterna.Control.RunDirectory", seen);
    }

    private static bool IsPlain((string Type, string Name) called) =>
        _plain.TryGetValue(called.Type, out var names) && (names[0] == "*" ? called.Name is not "Names" and not "Rewind" : names.Contains(called.Name));

    private static List<(string Type, string Name)> Calls(MetadataReader metadata, BlobReader code)
    {
        List<(string, string)> calls = [];
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            var op = _codes[value == 0xFE ? unchecked((short)(0xFE00 | code.ReadByte())) : value];
            switch (op.OperandType)
            {
                case OperandType.InlineMethod:
                    if (Called(metadata, MetadataTokens.EntityHandle(code.ReadInt32())) is { } called)
                    {
                        calls.Add(called);
                    }

                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }

        return calls;
    }

    private static (string Type, string Name)? Called(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Called(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                var own = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return (Outermost(metadata, own.GetDeclaringType()), metadata.GetString(own.Name));
            case HandleKind.MemberReference:
                var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                if (member.Parent.Kind != HandleKind.TypeReference)
                {
                    return null;
                }

                var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
                var name = metadata.GetString(member.Name);
                return ($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}", name == ".ctor" && TakesText(metadata, member) ? ".ctor(string)" : name);
            default:
                return null;
        }
    }

    /// <summary>Whether the first parameter is a string.</summary>
    private static bool TakesText(MetadataReader metadata, MemberReference member)
    {
        var signature = metadata.GetBlobReader(member.Signature);
        signature.ReadSignatureHeader();
        var parameters = signature.ReadCompressedInteger();
        signature.ReadSignatureTypeCode(); // void
        return parameters > 0 && signature.ReadSignatureTypeCode() == SignatureTypeCode.String;
    }

    private static string Outermost(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (type.IsNested)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
