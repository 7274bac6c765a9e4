using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>An encoder that has a name, and whether a folder of fetched encoders has it.</summary>
public sealed class PretrainedEncoder
{
    internal PretrainedEncoder(EncoderEntry entry, DataStore store)
    {
        (Name, Description, Licence, FeatureDim) = (entry.Name, entry.Description, entry.Licence, entry.FeatureDim);
        IsHere = entry.Source is null;
        if (entry.Source is not { } source) return;
        (Bytes, Folder, IsHere) = (source.Bytes, store.Folder(source), store.Holds(source));
        BytesHere = store.Partly(source);
    }

    public string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Description { get; }

    /// <summary>Of its weights.</summary>
    public string Licence { get; }

    /// <summary>Numbers that it makes of an image; 0: not known before it is opened.</summary>
    public int FeatureDim { get; }

    /// <summary>To be fetched; 0: nothing has to be.</summary>
    public long Bytes { get; }

    /// <summary>Where it lies, or would; null: nothing has to be fetched.</summary>
    public string? Folder { get; }

    /// <summary>It can be used.</summary>
    public bool IsHere { get; }

    /// <summary>Brought so far by a fetch that was stopped.</summary>
    public long BytesHere { get; }
}
