using System.Globalization;
using System.Text.Json;

namespace Vaal;

/// <summary>What an action came to. Its JSON has every figure; a property is there for what programs often
/// ask.</summary>
public abstract class Report
{
    private protected Report() { }

    /// <summary>Lines and tables, as <c>vaal</c> prints them.</summary>
    /// <param name="verbose">with the reasons, as <c>--verbose</c> asks for them</param>
    public IReadOnlyList<TextBlock> Text(bool verbose = false)
    {
        // figures are written alike in every country, as vaal writes them
        var users = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return Written(verbose);
        }
        finally
        {
            CultureInfo.CurrentCulture = users;
        }
    }

    /// <summary>Every figure as one line of JSON, as <c>vaal</c> with <c>--json</c> prints it.</summary>
    public virtual string ToJson() => JsonSerializer.Serialize(this, GetType(), Json.Options);

    /// <summary>The text without the reasons.</summary>
    public override string ToString() => string.Concat(Text());

    internal abstract IReadOnlyList<TextBlock> Written(bool verbose);
}
