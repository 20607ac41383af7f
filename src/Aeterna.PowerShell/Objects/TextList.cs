using System.Collections;
using System.Collections.ObjectModel;
using System.Collections.Specialized;

namespace Aeterna.PowerShell;

/// <summary>A list that is text where there is room for no more, as in a column of a CSV file or below the depth of a JSON document.</summary>
internal sealed class TextList<T>(IEnumerable<T> items, string between = ", ") : ReadOnlyCollection<T>([.. items])
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(between, this);
}

/// <summary>The same for names with values.</summary>
internal sealed class TextDictionary : OrderedDictionary
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", this.Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}"));
}
