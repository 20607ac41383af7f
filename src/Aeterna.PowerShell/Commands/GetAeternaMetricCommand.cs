using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>Reads the numbers of engines.</summary>
/// <remarks>
/// The same numbers that an engine gives to Prometheus, one object for each: name, labels, value. Sizes are bytes and times are
/// seconds, as their names say.
/// </remarks>
/// <example><code>Get-AeternaMetric rsyslogd</code><para>Reads all numbers of one service.</para></example>
/// <example><code>Get-AeternaMetric -Metric aeterna_reload*</code><para>Reads the numbers about reloads of every service.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaMetric")]
[OutputType(typeof(AeternaMetric))]
public sealed class GetAeternaMetricCommand : EngineCommand
{
    /// <summary>Only metrics with these names; wildcards are understood.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Metric { get; set; } = ["*"];

    private protected override string Aim => "read the metrics of";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var wanted = Array.ConvertAll(Metric, pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase));
        foreach (var sample in MetricsText.Read(client.Metrics(Stopped).GetAwaiter().GetResult()))
        {
            if (wanted.Any(pattern => pattern.IsMatch(sample.Metric)))
            {
                Write(client, new AeternaMetric(sample, status.Service));
            }
        }
    }
}
