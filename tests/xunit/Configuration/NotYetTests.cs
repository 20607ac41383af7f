using Aeterna.Configuration;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>A feature that is asked for and not there is never passed over in silence.</summary>
public class NotYetTests
{
    [Theory]
    [InlineData("  listeners: [{ name: a, address: \"unixgram:///run/a\", handoff: relay }]", "handoff relay")]
    [InlineData("  listeners: [{ name: a, address: \"tcp://127.0.0.1:1\", handoff: steered }]", "handoff steered")]
    [InlineData("orchestration: { state_handoff: { socket_path: /run/s } }", "state_handoff")]
    public void Each_feature_has_one_sentence(string tail, string subject)
    {
        var sentence = Assert.Single(NotYet.Warnings(Yaml.Plan(Yaml.Minimal + tail + "\n")));
        Assert.StartsWith(subject, sentence, StringComparison.Ordinal);
        Assert.Contains("yet: ", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relayed_listener_with_tls_has_one_for_each_of_its_three_features() =>
        Assert.Equal(3, NotYet.Warnings(Yaml.Plan(Yaml.Minimal
            + "  listeners: [{ name: a, address: \"tcp://127.0.0.1:1\", framing: line, tls: { certificate: /c, key: /k } }]\n")).Count);

    [Theory]
    [InlineData("orchestration: { canary: { traffic: split, weight: 10% } }")]
    [InlineData("orchestration: { canary: { traffic: exclusive, switch_timeout: 1s }, drain: { keep_warm: 5m } }")]
    [InlineData("orchestration: { canary: { traffic: sequential } }")]
    [InlineData("orchestration: { drain: { keep_warm: 0s }, state_handoff: { enabled: false, socket_path: /run/s } }")]
    [InlineData("  listeners: [{ name: a, address: \"tcp://127.0.0.1:1\", handoff: inherit }]")]
    public void What_is_built_has_none(string tail) => Assert.Empty(NotYet.Warnings(Yaml.Plan(Yaml.Minimal + tail + "\n")));
}
