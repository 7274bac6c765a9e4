using System.Security.Cryptography;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Oracles;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.House;

/// <summary>The code of docs/extending.md, as a user writes it: with the public API alone.</summary>
internal static class ExtendingExample
{
    public static void Strategy()
    {
        // begin
        QueryStrategies.Register("brightest", "that are brightest", () => new Brightest());
        // end
    }

    public static void Format()
    {
        // begin
        DataFormats.Register("raw-grey", new RawGrey());
        // end
    }

    public static void Encoder()
    {
        // begin
        PretrainedEncoders.Register("colours", "mean red, green and blue", () => new MeanColours());
        // end
    }

    public static ActiveLearningLoop Oracle(LoopOptions options, DataSet data)
    {
        // begin
        var loop = new ActiveLearningLoop(options, data, oracle: new Brightness(data.Pool));
        // end
        return loop;
    }

    // begin
    public sealed class Brightest : ScoringStrategy
    {
        protected override void Prepare(Query query) { }                             // needs no network

        protected override Tensor Score(Tensor x, Networks net) => x.mean([1, 2, 3]); // (B, C, H, W) → (B)
    }
    // end

    // begin
    public sealed class Brightness(ImageSet images) : IOracle
    {
        public int Label(int id) => images[id][0] < 128 ? 0 : 1;                     // by the first pixel
    }
    // end

    // begin
    public sealed class MeanColours : IImageEncoder
    {
        public int Size => 32;                                                       // images come as 32×32 pixels
        public int FeatureDim => 3;
        public string Version => "1";                                                // change it with the code

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            var plane = Size * Size;
            for (var i = 0; i < 3 * count; i++)
            {
                var sum = 0f;
                foreach (var value in images.Slice(i * plane, plane)) sum += value;
                features[i] = sum / plane;
            }
        }
    }
    // end

    // begin
    public sealed class RawGrey : IDataFormat
    {
        public string Description => "one file images.raw: 32×32 grey images, byte after byte";

        public bool Recognises(string path) => File.Exists(Path.Combine(path, "images.raw"));

        public DataSet Load(string path, LoadOptions options)
        {
            var file = Path.Combine(path, "images.raw");
            if (!File.Exists(file)) throw new InputException($"expected {file}, found none");
            var bytes = File.ReadAllBytes(file);
            if (bytes.Length % 1024 != 0)
                throw new InputException($"{file}: expected images of 1024 bytes, found {bytes.Length} bytes");
            var images = new ImageSet(bytes, channels: 1, height: 32, width: 32);
            return new DataSet("raw-grey", images, test: null, classNames: [], notes: [],
                fingerprint: Convert.ToHexString(SHA256.HashData(bytes)));
        }
    }
    // end
}
