using Aeterna.Configuration.Reading;
using Aeterna.Configuration.Rules;
using Aeterna.Configuration.Sections;
using Aeterna.Configuration.Yaml;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration;

/// <summary>A configuration file to a plan. Whatever the file is, the answer is a plan or findings, never an exception.</summary>
internal static class ConfigurationLoader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; findings name it as it is given here.</param>
    /// <param name="environment">Looks up an environment variable. Values of the file are taken as they are written: nothing in
    /// them is expanded. It is for the checks that look a command up on PATH.</param>
    public static LoadResult Load(string path, Func<string, string?> environment)
    {
        var findings = new FindingList(path);
        return Load(path, SourceFile.Read(path, findings), findings, environment);
    }

    /// <summary>Reads what was read before, by a predecessor of this engine.</summary>
    /// <param name="source">The file as it was.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    public static LoadResult Load(SourceFile source, Func<string, string?> environment) =>
        Load(source.FullPath, source, new FindingList(source.FullPath), environment);

    private static LoadResult Load(string path, SourceFile? source, FindingList findings, Func<string, string?> environment)
    {
        var places = new SourceMap();
        var tree = source is null ? null : YamlTree.Parse(source.Text, findings);
        var plan = source is null || tree is null ? null : Read(tree, source, new Pass(findings, places, RootSection.Kind));
        return new(path, findings.HasErrors ? null : plan, findings.InOrder(), places, environment);
    }

    private static Plan? Read(YamlNode tree, SourceFile source, Pass pass)
    {
        if (!RootSection.Kind.TryRead(tree, "", pass, out var read))
        {
            return null;
        }

        var plan = WithProfile(read, pass.Places) with { SourcePath = source.FullPath, SourceSha256 = source.Sha256, SourceText = source.Text };
        var facts = new Facts(plan, pass);
        ServiceRules.Check(facts);
        ListenerRules.Check(facts);
        OrchestrationRules.Check(facts);
        StateHandoffRules.Check(facts);
        EngineRules.Check(facts);
        return plan;
    }

    /// <summary>Fills in what the profile knows and the file does not say.</summary>
    private static Plan WithProfile(Plan plan, SourceMap places)
    {
        var profile = plan.Service.Profile;
        var orchestration = plan.Orchestration;
        if (profile.DrainSignal is { } signal && !places.Has("orchestration.drain.signal"))
        {
            orchestration = orchestration with { Drain = orchestration.Drain with { Signal = signal } };
        }

        // An empty list in the file is an answer: no pre-flight.
        if (profile.DefaultPreFlight is { } preFlight && plan.Service.Command.Count > 0 && !places.Has("orchestration.pre_flight"))
        {
            orchestration = orchestration with { PreFlight = preFlight(plan.Service.Command) is { } hook ? [hook] : [] };
        }

        return plan with { Orchestration = orchestration };
    }
}
