using System.Text.Json;
using Aeterna.Contract;
using Xunit;

namespace Aeterna.Tests.Contract;

public sealed class OneLineTests
{
    [Theory]
    [InlineData("all is well, größer 日本 😀", "all is well, größer 日本 😀")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001b[31mred\u0007", "\\x1b[31mred\\x07")]
    [InlineData("\u009b31m\u007f", "\\x9b31m\\x7f")]
    [InlineData("fdp\u202Etxt", "fdp\\u{202e}txt")]
    [InlineData("\u2066a\u2069\u200fb\u061c", "\\u{2066}a\\u{2069}\\u{200f}b\\u{061c}")]
    [InlineData("zero\u200b\ufeffwidth", "zero\\u{200b}\\u{feff}width")]
    [InlineData("\u2028\u2029", "\\u{2028}\\u{2029}")]
    [InlineData("tag\U000e0041", "tag\\u{e0041}")]
    public void Nothing_that_does_not_show_as_one_character_stays(string text, string clean)
    {
        Assert.Equal(clean, OneLine.Clean(text));
        Assert.Equal(clean, OneLine.Clean(clean));
    }

    [Fact]
    public void Half_a_pair_becomes_a_replacement() => Assert.Equal("a\ufffdb", OneLine.Clean("a\ud83db"));

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abc…")]
    [InlineData("ab😀😀", 4, "ab…")]
    [InlineData("abc😀", 4, "abc…")]
    public void A_long_text_is_cut_between_characters(string text, int most, string cut) => Assert.Equal(cut, OneLine.Cut(text, most));

    [Fact]
    public void What_crosses_the_control_API_is_cleaned_as_it_is_read()
    {
        var request = JsonSerializer.Deserialize("""{"reason":"\u001b]0;x\u0007 \u202e"}""", ContractJson.Default.ReloadRequest);
        Assert.Equal("\\x1b]0;x\\x07 \\u{202e}", request!.Reason);

        var finding = JsonSerializer.Deserialize("""[{"message":"a\u001bb","severity":"error","file":"f","line":1,"column":1,"code":"c"}]""", ContractJson.Default.IReadOnlyListFinding);
        Assert.Equal("a\\x1bb", Assert.Single(finding!).Message);
    }
}
