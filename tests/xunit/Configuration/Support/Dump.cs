using System.Collections;

namespace Aeterna.Tests.Configuration.Support;

/// <summary>Writes a plan with all that is in it, so that two can be compared: records compare lists by reference.</summary>
internal static class Dump
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        Delegate => "delegate",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Of))}]",
        _ when value.GetType() is { Namespace: "Aeterna.Configuration", IsEnum: false } type =>
            $"{type.Name} {{ {string.Join(", ", type.GetProperties().Where(p => p.GetMethod!.GetParameters().Length == 0 && !p.GetMethod.IsStatic)
                .Select(p => $"{p.Name} = {Of(p.GetValue(value))}"))} }}",
        _ => value.ToString()!,
    };
}
