namespace Aeterna.Configuration;

/// <summary>A place in the configuration file; both count from 1, columns in UTF-16 units as editors do.</summary>
internal readonly record struct Place(int Line, int Column)
{
    /// <summary>Where findings go that concern the file as a whole.</summary>
    public static Place Start { get; } = new(1, 1);
}
