using System.CommandLine;
using System.Globalization;

namespace Aeterna.Cli;

/// <summary>An option that takes a whole number above 0.</summary>
internal static class CountOption
{
    /// <param name="name">As in <c>--limit</c>.</param>
    /// <param name="description">For the help.</param>
    /// <param name="otherwise">The number when it is not given.</param>
    public static Option<int> Make(string name, string description, int otherwise) => new(name)
    {
        Description = description,
        HelpName = "COUNT",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            {
                return count;
            }

            result.AddError($"{name} takes a whole number above 0.");
            return otherwise;
        },
    };
}
