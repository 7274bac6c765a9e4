namespace Vaal.Web;

/// <summary>How many labelled images a class has.</summary>
internal sealed class ClassTally(string name)
{
    public string Name { get; } = name;

    /// <summary>It can be given to images; false: it was renamed, or merged into another.</summary>
    public bool Declared { get; set; } = true;

    /// <summary>Among the declared classes: a new name changes no place.</summary>
    public int Place { get; set; } = int.MaxValue;

    public int Pool { get; set; }
    public int Test { get; set; }
}
