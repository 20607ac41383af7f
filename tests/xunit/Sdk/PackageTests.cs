using System.IO.Compression;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>The packages of the SDKs, made and used without a network.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Python_imports_what_the_wheel_has()
    {
        var sources = Sources();
        var name = Python($"import sys; sys.path.insert(0, '{Repository.File("sdk", "python")}'); import build_wheel; print(build_wheel.build_wheel('{_folder}'))");
        Assert.Equal($"aeterna-{Version()}-py3-none-any.whl", name);
        Assert.Equal(sources, Sources());
        var wheel = Path.Combine(_folder, name);
        Assert.Equal($"{Version()} Apache-2.0 The Aeterna authors {wheel}/aeterna.py", Python(
            $"import sys; sys.path.insert(0, '{wheel}'); import aeterna, importlib.metadata as m; d = m.metadata('aeterna'); "
            + "print(d['Version'], d['License'], d['Author'], aeterna.__file__)"));
    }

    [Fact]
    public void Pip_installs_the_folder()
    {
        Shell.Output(
            "/usr/bin/env", "PIP_DISABLE_PIP_VERSION_CHECK=1", "python3", "-m", "pip", "install", "--quiet", "--no-index", "--no-cache-dir",
            "--root-user-action=ignore", "--target", _folder, Repository.File("sdk", "python"));
        Assert.Equal(Path.Combine(_folder, "aeterna.py"), Python($"import sys; sys.path.insert(0, '{_folder}'); import aeterna; print(aeterna.__file__)"));
    }

    [Fact]
    public void The_package_for_dotnet_says_what_it_is_and_whose()
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        Shell.Output("dotnet", "pack", Repository.File("sdk", "csharp"), "--no-build", "-c", configuration, "-o", _folder, "-v", "q", "-nologo");
        using var package = ZipFile.OpenRead(Path.Combine(_folder, $"Aeterna.Sdk.{Version()}.nupkg"));
        var names = package.Entries.Select(e => e.FullName).ToList();
        Assert.All(["README.md", "lib/net8.0/Aeterna.Sdk.dll", "lib/net8.0/Aeterna.Sdk.xml"], name => Assert.Contains(name, names));
        using var reader = new StreamReader(package.GetEntry("Aeterna.Sdk.nuspec")!.Open());
        var said = reader.ReadToEnd();
        Assert.All(
            ["<authors>The Aeterna authors</authors>", "<license type=\"expression\">Apache-2.0</license>", "<readme>README.md</readme>"],
            line => Assert.Contains(line, said, StringComparison.Ordinal));
    }

    // Who imports the module from there leaves that folder.
    private static IEnumerable<string> Sources() =>
        Directory.GetFileSystemEntries(Repository.File("sdk", "python")).Where(name => !name.EndsWith("__pycache__", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static string Version() => File.ReadAllText(Repository.File("Directory.Build.props")).Split("<Version>")[1].Split("</Version>")[0];

    private static string Python(string code) => Shell.Output("/usr/bin/env", "PYTHONDONTWRITEBYTECODE=1", "python3", "-c", code).Trim();
}
