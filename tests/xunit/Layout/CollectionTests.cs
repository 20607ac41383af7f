using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>A collection's name without a definition says nothing to the runner: its tests would run beside all others.</summary>
public class CollectionTests
{
    [Fact]
    public void Every_collection_that_a_test_names_is_defined()
    {
        var types = typeof(CollectionTests).Assembly.GetTypes();
        var defined = Names<CollectionDefinitionAttribute>(types).ToHashSet(StringComparer.Ordinal);
        var named = Names<CollectionAttribute>(types).ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(defined));
    }

    private static IEnumerable<string> Names<T>(IEnumerable<Type> types) where T : Attribute =>
        types.SelectMany(t => t.GetCustomAttributesData())
            .Where(a => a.AttributeType == typeof(T))
            .Select(a => a.ConstructorArguments.Count == 0 ? "" : (string?)a.ConstructorArguments[0].Value ?? "");
}
