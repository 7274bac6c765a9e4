namespace Vaal.Cluster.Hosting;

/// <summary>
/// Whether Orleans' errors are printed where the user asked for no level: of a silo while it is a member. What keeps a
/// process from starting, or ends it, is said in one line by whoever started it.
/// </summary>
internal sealed class OrleansVoice
{
    private volatile bool _isOn;

    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }
}
